#pragma once
// A table of a bucket database: made and compared by its specification.

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/target.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// Tables of ours that keep what was deleted of a table begin so (table_writer.h).
inline constexpr std::string_view kTombstonesPrefix = "_millrace_tombstones_";

// The name as SQL has it.
std::string quoted(std::string_view name);

// Refuses what SQLite or the import log keep for themselves.
// Errors  invalid
Result<void> check_names(const TableSpec& table);

// Whether a table of that name is there.
// Errors  conflict: it is a view, or differs by case only
Result<bool> table_exists(sqlite::Database& database, const TableSpec& table);

// Columns are declared as declared_as() says, those of the primary key NOT NULL.
Result<void> create_table(sqlite::Database& database, const TableSpec& table);

// Adds the columns that the table lacks, nullable and in their order; in a transaction of the
// caller, who compares then. Those of the primary key, and those whose names differ by case only
// from one that is there, cannot be added and are left out.
// Errors  conflict: SQLite refuses one
Result<void> add_missing_columns(sqlite::Database& database, const TableSpec& table);

Result<void> drop_table(sqlite::Database& database, const TableId& table);

// Whether somebody has made it STRICT: it takes text only where it says TEXT.
Result<bool> is_strict(sqlite::Database& database, const TableId& table);

Result<bool> has_rows(sqlite::Database& database, const TableId& table);

// Whether nothing of a user is in the database.
Result<bool> has_only_import_log(sqlite::Database& database);

// Columns that are not specified are fine where a row may leave them out.
// Errors  conflict: a column is missing or has a type that would change values, another one must
//         not be NULL and has no default, or the primary key differs; the text has both lists
Result<void> compare_table(sqlite::Database& database, const TableSpec& table);

}  // namespace millrace::target
