#pragma once
// Which columns of a Parquet file a load reads, and the SQL that makes a text of each.
//
// Texts are those that CSV of the same table would have: numbers with all their digits, 1 and 0,
// "2026-01-31", "2026-01-31 09:30:00.25", with a "Z" behind it if the file says that it is UTC.
// Bytes stay bytes. Lists, structs and maps are JSON, in which decimals are texts.
//
// See  docs/stream-load.md ("Parquet")

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/parquet_body.h"

namespace millrace::duckdb {

// As DESCRIBE says it.
struct DescribedColumn {
    std::string name;
    std::string type;  // "DECIMAL(10,2)", "STRUCT(a INTEGER, b VARCHAR[])"
};

struct SelectedColumns {
    std::vector<std::string> expressions;            // SQL, of VARCHAR or BLOB
    std::vector<std::optional<std::size_t>> places;  // of each field among these; nothing: it is
                                                     // not in the file
    std::vector<std::size_t> binary;                 // fields whose bytes need not be a text
};

// A field is the first column of its name, without regard to the case of letters of ASCII.
SelectedColumns select_columns(const std::vector<DescribedColumn>& columns,
                               const std::vector<ParquetField>& fields);

// An element of the file's own schema, as parquet_schema() lists them: each before those within it,
// first the one of all columns.
struct SchemaElement {
    std::string name;
    std::uint64_t children = 0;
    std::uint64_t digits = 0;  // of a DECIMAL
};

// Decimals that DuckDB has no type for are DOUBLE with it, and wrong.
// Errors  invalid: a column of a field is one, or has one within it
Result<void> check_decimals(const std::vector<DescribedColumn>& columns,
                            const std::vector<SchemaElement>& schema,
                            const std::vector<ParquetField>& fields);

// A name as SQL has it: in quotes.
std::string quoted_name(std::string_view name);

}  // namespace millrace::duckdb
