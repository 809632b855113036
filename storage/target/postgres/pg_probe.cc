#include "storage/target/postgres/pg_probe.h"

namespace millrace::postgres {

Result<void> require_writes(Connection& connection) {
    TRY_ASSIGN(const auto asked,
               connection.run("SELECT pg_is_in_recovery(),"
                              " current_setting('default_transaction_read_only') = 'on'"));
    if (asked.boolean(0, 0)) {
        return Error(Code::conflict,
                     "it is a standby, which takes no writes; name the primary in the dsn, or all "
                     "hosts with target_session_attrs=read-write");
    }
    if (!asked.boolean(0, 1)) return {};
    return Error(Code::conflict,
                 "the database is read-only (default_transaction_read_only); allow its role to "
                 "write");
}

}  // namespace millrace::postgres
