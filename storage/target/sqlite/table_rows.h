#pragma once
// read_rows(): a page of the rows of a table.
//
// Rows come in the order of their rowids: that in which they were inserted, where nobody has
// deleted or replaced any. A table without rowids, which a user has made, is counted through
// instead: each page costs as much as all before it.

#include "core/base/result.h"
#include "core/ports/target.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// The table is there.
// Errors  invalid: `after` is not of a page
Result<RowsPage> read_rows(sqlite::Database& database, const RowsQuery& query);

// The next value of a row; 1 and 0 of a column that is declared so are truth values.
TableCell read_cell(sqlite::Row& row, bool is_boolean);

}  // namespace millrace::target
