#pragma once
// PostgresTarget: "in.c-shop.orders" is the table "orders" of the schema "in.c-shop" of one
// database. Columns are declared as column_type.h says.
//
// The database is the user's: others may read and change it at any time. A table that does not
// match any more is a conflict, and nothing is imported.
//
// Files of sinks are written by roles of their own, where there are RoleOptions; all else, tables
// and files of loads, by the role of the dsn.
//
// Thread    any; up to so many at once as the pool has connections.
// Durable   an import that returned is as durable as the database makes a commit: on its disk
//           (synchronous_commit is on for our sessions where it was off).

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/target.h"
#include "core/ports/target_care.h"
#include "storage/target/postgres/pg_connection.h"
#include "storage/target/postgres/pool.h"
#include "storage/target/postgres/sink_role_keeper.h"

namespace millrace::postgres {

class PostgresTarget : public Target, public TargetCare, public SinkAccess {
public:
    // Opens no connection. Without roles all is written by the role of the dsn.
    PostgresTarget(ConnectOptions options, PoolLimits limits,
                   std::optional<RoleOptions> roles = std::nullopt);

    // Errors  invalid: a name is too long or reserved; conflict: another table is there, or the
    //         role may not make one; unavailable
    Result<void> ensure_table(const TableSpec& table) override;
    Result<void> add_columns(const TableSpec& table) override;
    Result<bool> is_empty(const TableId& table) override;
    Result<RowsPage> read_rows(const RowsQuery& query) override;
    // Errors  conflict: it is a view, or something depends on it; unavailable: also while an import
    //         into it runs
    Result<void> drop_table(const TableId& table) override;
    // Errors  as the port says; unknown_outcome: the connection broke amid the commit, and the
    //         ledger cannot be asked now; conflict, named kSinkRoleRefused: the role of the sink
    //         cannot do it
    Result<ImportReceipt> import(const ImportRequest& request) override;
    Result<std::optional<std::string>> imported_digest(const TableId& table, FileId file) override;
    Result<std::optional<std::string>> newest_note(const TableId& table,
                                                   const std::string& owner) override;
    Result<std::vector<RowRefusal>> find_refused(const ImportRequest& request,
                                                 std::size_t at_most) override;
    Result<void> forget(const TableId& table, const std::vector<FileId>& files) override;
    Result<void> forget_old(const OldImports& old) override;
    // Errors  also conflict: it takes no writes, as a standby, or roles are wanted and cannot be
    //         made
    Result<void> probe() override;
    Result<void> tidy() override;

    Result<void> give_access(const Sink& sink, Renewal renewal) override;
    Result<void> renew_access_later(const Sink& sink) override;
    void take_access(SinkNumber sink) override;

    std::size_t connections() const { return pool_.size(); }

private:
    // A session of who writes the file.
    Result<Pool::Lease> lease_for(const ImportRequest& request);
    // Whether an import whose commit broke with `why` has happened.
    Result<ImportReceipt> ask_ledger(const ImportRequest& request, Error why);
    // Of an import by another role, as before the sink had one of its own.
    Result<ImportReceipt> ask_for_hidden(const ImportRequest& request);

    Pool pool_;
    std::optional<SinkRoleKeeper> roles_;
};

}  // namespace millrace::postgres
