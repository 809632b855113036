#pragma once
// read_rows(): a page of the rows of a table.
//
// Rows come in the order in which they lie in the table: a row that is changed while pages are read
// may come twice or not at all, as it has a new place then.

#include "core/base/result.h"
#include "core/ports/target.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

// Leaves a transaction open.
// Errors  not_found: there is no such table; conflict: it is a view; invalid: `after` is not of a
//         page
Result<RowsPage> read_rows(Connection& connection, const RowsQuery& query);

}  // namespace millrace::postgres
