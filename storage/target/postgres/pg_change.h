#pragma once
// The transaction of a change of tables or roles: one after the other in a schema, by whatever
// process, and none that waits for an import.

#include <string_view>

#include "core/base/result.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

// So that two nodes that make the same table do not get in each other's way.
Result<void> begin_change(Connection& connection, std::string_view schema);

// Errors  unavailable: it was rolled back, or the connection broke
Result<void> commit(Connection& connection);

}  // namespace millrace::postgres
