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

}  // namespace millrace::target
