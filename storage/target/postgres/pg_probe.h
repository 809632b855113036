#pragma once
// require_writes(): whether a session may write to its database at all.

#include "core/base/result.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

// Errors  conflict: the database is a standby, or is read-only, with what helps; those of run()
Result<void> require_writes(Connection& connection);

}  // namespace millrace::postgres
