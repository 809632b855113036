#include "storage/target/postgres/pg_change.h"

#include <string>

namespace millrace::postgres {
namespace {

// Changes are made one after the other, and tried again: they wait for no import.
constexpr std::string_view kShortLockTimeout = "SET LOCAL lock_timeout = '1s'";

}  // namespace

Result<void> begin_change(Connection& connection, std::string_view schema) {
    TRY(connection.run("BEGIN"));
    TRY(connection.run(std::string(kShortLockTimeout)));
    TRY(connection.run("SELECT pg_advisory_xact_lock(hashtext('millrace'), hashtext($1))",
                       {std::string(schema)}));
    return {};
}

Result<void> commit(Connection& connection) {
    TRY_ASSIGN(const auto answer, connection.run("COMMIT"));
    if (answer.command() == "COMMIT") return {};
    return Error(Code::unavailable, "PostgreSQL rolled the transaction back");
}

}  // namespace millrace::postgres
