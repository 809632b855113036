#pragma once
// read_rows(): a page of the rows of a table.
//
// Rows come in the order in which they lie in the table: a row that is changed while pages are read
// may come twice or not at all, as it has a new place then.
//
// Newest first, there are two orders. Of a table without key and partitions it is that of places
// from the end, at the cost of the page: rows that are only added lie as they were written, until
// somebody deletes some. Of others it is that of the transactions that wrote the rows (xmin), and
// of one transaction that of places from the end: true whatever is changed, until two thousand
// million transactions have passed, at the cost of one scan of the table a page, and refused where
// that takes longer than ten seconds.

#include "core/base/result.h"
#include "core/ports/target.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

// Leaves a transaction open.
// Errors  not_found: there is no such table; conflict: it is a view; invalid: `after` is not of a
//         page of this order, or the newest rows cannot be found in time
Result<RowsPage> read_rows(Connection& connection, const RowsQuery& query);

}  // namespace millrace::postgres
