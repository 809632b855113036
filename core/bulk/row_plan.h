#pragma once
// RowPlan: where the value of each column of a slice comes from, worked out once a load.
//
//   source columns (of the body) -> derived columns (expressions) -> columns of the table
//
// A column of the table is set by the derived column of its name, else by the source column of its
// name, else it is NULL. Source and derived columns that are none of the table are temporaries.
//
// See  docs/stream-load.md

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/bulk/bulk_mapping.h"
#include "core/bulk/source_row.h"
#include "core/model/data_type.h"
#include "core/model/defined_table.h"
#include "core/model/slice_header.h"
#include "core/ports/row_expressions.h"

namespace millrace::bulk {

// Hidden columns of Apache Doris' tables: whether the row deletes, and what orders rows of a key.
inline constexpr std::string_view kDeleteSign = "__DORIS_DELETE_SIGN__";
inline constexpr std::string_view kSequenceColumn = "__DORIS_SEQUENCE_COL__";

struct RowPlan {
    struct Origin {
        enum class Kind { nothing, source, derived };
        Kind kind = Kind::nothing;
        std::size_t index = 0;  // of the source or derived column

        bool operator==(const Origin&) const = default;
    };
    struct Column {
        std::string name;
        DataType data_type = DataType::string;
        bool nullable = true;
        bool primary_key = false;
        bool matters_in_delete = false;  // it is of the key, or the sequence
        Origin origin;
    };
    enum class Operations { upserts, deletes, both };

    std::vector<SourceField> fields;
    std::vector<BulkColumn> derived;
    std::vector<Column> columns;      // as in the header
    std::uint64_t key_bytes_max = 0;  // ValueRules
    SliceHeader header;
    Operations operations = Operations::upserts;
    Origin delete_sign;  // of `both`
    bool sign_is_exact = false;
    // A row without a sign sets: of JSON, where a key that is not there has the column's default.
    bool sign_may_be_absent = false;
    bool refuses_deletes = false;  // the table has no key: a row whose sign deletes is filtered

    // What derived columns are computed of, and what `where` and `delete` see: derived columns and
    // the source columns of no such name, in the order of `condition_origins`.
    std::vector<SourceColumn> source_columns;
    std::vector<SourceColumn> condition_columns;
    std::vector<Origin> condition_origins;
};

// Errors  invalid, for the client: a column is given twice, nothing is loaded into a column that
//         needs a value, the table cannot have such rows
Result<RowPlan> plan_rows(const DefinedTable& table, const BulkMapping& mapping);

}  // namespace millrace::bulk
