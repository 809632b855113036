#pragma once
// BucketQuery: runs one read-only query on the database of a bucket (core/ports/table_query.h).
//
// SQLite's authorizer lets a query read the tables of the bucket, and views that users made of
// them, and call functions that only compute; all else is refused, whatever the query or a view
// says. `t_REALTIME` and `t_OFFLINE` are other names of the table `t`. Decimals and timestamps are
// compared by their values: temporary views in front of their tables give them an order.
//
// Thread  that of the database, which is used for nothing else after.

#include "core/base/result.h"
#include "core/ports/table_query.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// Errors  those of reading the file
Result<QueryAnswer> run_query(sqlite::Database& database, const QueryRequest& request);

}  // namespace millrace::target
