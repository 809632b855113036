#pragma once
// A table of the database: made, and compared with its specification.
//
// A table that somebody else made is fine when it has the columns of the specification, in any
// order, and the same primary key. It may have further columns that are nullable or have a default,
// and be partitioned; a view is none.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/target.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

struct FoundColumn {
    std::string name;
    std::string type;  // as format_type() spells it
    bool primary_key = false;
    bool not_null = false;
    bool has_default = false;
    bool is_generated = false;  // nobody can set it
};

// What is at the name of a table.
enum class Found { nothing, table };
// Errors  conflict: something else, such as a view
Result<Found> find_table(Connection& connection, std::string_view schema, std::string_view table);

Result<std::vector<FoundColumn>> columns_of(Connection& connection, std::string_view schema,
                                            std::string_view table);

// What keeps rows of the specification out of a table of these columns, a sentence each.
std::vector<std::string> differences(const TableSpec& table, const std::vector<FoundColumn>& found);

// Errors  conflict, with each column that differs, and how
Result<void> compare_table(Connection& connection, const TableSpec& table);

std::string create_table_sql(const TableSpec& table);

// Adds the columns that are not found and not of the key, nullable; empty if there is none.
std::string add_columns_sql(const TableSpec& table, const std::vector<FoundColumn>& found);

}  // namespace millrace::postgres
