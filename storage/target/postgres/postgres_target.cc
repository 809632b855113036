#include "storage/target/postgres/postgres_target.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/ports/refused_row_search.h"
#include "storage/target/postgres/import.h"
#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_change.h"
#include "storage/target/postgres/pg_ledger.h"
#include "storage/target/postgres/pg_probe.h"
#include "storage/target/postgres/pg_rows.h"
#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {
namespace {

Result<void> ensure_schema(Connection& connection, std::string_view schema) {
    TRY_ASSIGN(const auto found, connection.run("SELECT 1 FROM pg_namespace WHERE nspname = $1",
                                                {std::string(schema)}));
    if (found.size() > 0) return {};
    TRY(connection.run(fmt::format("CREATE SCHEMA {}", quoted_name(schema))));
    return {};
}

Result<void> make_table(Connection& connection, const TableSpec& table) {
    const auto schema = table.id.bucket();
    TRY(begin_change(connection, schema));
    TRY(ensure_schema(connection, schema));
    TRY(ensure_ledger(connection, schema));
    TRY_ASSIGN(const auto found, find_table(connection, schema, table.id.table()));
    if (found == Found::table) {
        TRY(compare_table(connection, table));
    } else {
        // Of one that somebody else has dropped.
        TRY(connection.run(
            fmt::format("DROP TABLE IF EXISTS {}", qualified(schema, tombstones_of(table.id)))));
        TRY(connection.run(create_table_sql(table)));
    }
    return commit(connection);
}

Result<void> drop(Connection& connection, const TableId& table) {
    TRY(begin_change(connection, table.bucket()));
    TRY_ASSIGN(const auto found, find_table(connection, table.bucket(), table.table()));
    if (found == Found::nothing) return {};
    TRY(connection.run(fmt::format("DROP TABLE {}", qualified(table))));
    TRY(connection.run(
        fmt::format("DROP TABLE IF EXISTS {}", qualified(table.bucket(), tombstones_of(table)))));
    // The schema too, where nothing else is in it and it is ours to drop.
    TRY(connection.run("SAVEPOINT millrace_schema"));
    const auto dropped = [&]() -> Result<void> {
        TRY(connection.run(
            fmt::format("DROP TABLE IF EXISTS {}", qualified(table.bucket(), kLedger))));
        TRY(connection.run(fmt::format("DROP SCHEMA {}", quoted_name(table.bucket()))));
        return {};
    };
    if (!dropped().ok()) TRY(connection.run("ROLLBACK TO SAVEPOINT millrace_schema"));
    return commit(connection);
}

// A column of the key is not added: the comparison then says that it is missing.
Result<void> add_missing_columns(Connection& connection, const TableSpec& table) {
    TRY(begin_change(connection, table.id.bucket()));
    TRY_ASSIGN(const auto there, columns_of(connection, table.id.bucket(), table.id.table()));
    const auto added = add_columns_sql(table, there);
    if (!added.empty()) TRY(connection.run(added));
    TRY(compare_table(connection, table));
    return commit(connection);
}

Error table_is_missing(const TableId& table) {
    return {
        Code::conflict,
        fmt::format("the table \"{}\" does not exist; restore it, or enable the sink "
                    "(PUT .../enable; of a table of loads: millrace table create) to make it anew",
                    table.text())};
}

// Deferred constraints speak now: at the commit nobody could tell any more of which row.
Result<void> import_rows(Connection& connection, const ImportRequest& request) {
    TRY(Import(connection, request).run());
    TRY(connection.run("SET CONSTRAINTS ALL IMMEDIATE"));
    return {};
}

// What the database says of the rows that an import writes.
bool has_refused_row(const Connection& connection) {
    const auto& said = connection.last_failure();
    return said && is_about_row(said->state) && !connection.is_broken();
}

// In the transaction that is open.
TriedRows try_part(Connection& connection, const ImportRequest& part) {
    std::uint64_t line = 0;
    const auto attempt = [&]() -> Result<void> {
        TRY(connection.run("SAVEPOINT millrace_part"));
        auto imported = import_rows(connection, part);
        if (!imported.ok()) {
            if (!has_refused_row(connection)) return imported;
            const auto said = *connection.last_failure();
            line = line_of(said.context);
            imported =
                Error(code_of(said.state), words_of(said)).named(error_names::kImportRowRefused);
            TRY(connection.run("ROLLBACK TO SAVEPOINT millrace_part"));
        }
        TRY(connection.run("RELEASE SAVEPOINT millrace_part"));
        return imported;
    };
    auto outcome = attempt();
    return {.outcome = std::move(outcome), .line = line};
}

// What a role of a sink fails with once somebody has changed what it may: it lacks a right (42501),
// or is not there any more (42704).
Error failure_of(const Connection& connection, Error why) {
    const auto& said = connection.last_failure();
    const auto& login = connection.login();
    if (login.is_of_dsn() || !said || (said->state != "42501" && said->state != "42704")) {
        return why;
    }
    return role_cannot(login.role, why);
}

// Up to the commit.
Result<Claim> import_file(Connection& connection, const ImportRequest& request) {
    const auto& id = request.table.id;
    TRY(connection.run("BEGIN"));
    TRY_ASSIGN(const auto table, find_table(connection, id.bucket(), id.table()));
    TRY_ASSIGN(const auto ledger, find_table(connection, id.bucket(), kLedger));
    if (ledger == Found::nothing) {
        if (table == Found::nothing) return table_is_missing(id);
        TRY(ensure_ledger(connection, id.bucket()));
    }
    TRY_ASSIGN(auto claim, claim_file(connection, request));
    if (claim.earlier || claim.is_hidden) return claim;
    if (table == Found::nothing) return table_is_missing(id);
    TRY(compare_table(connection, request.table));
    auto imported = import_rows(connection, request);
    if (imported.ok()) return claim;
    if (!has_refused_row(connection)) return std::move(imported).error();
    return std::move(imported).error().named(error_names::kImportRowRefused);
}

}  // namespace

PostgresTarget::PostgresTarget(ConnectOptions options, PoolLimits limits,
                               std::optional<RoleOptions> roles)
    : pool_(std::move(options), limits) {
    if (roles) roles_.emplace(pool_, *std::move(roles));
}

Result<void> PostgresTarget::ensure_table(const TableSpec& table) {
    TRY(check_names(table));
    const auto ensure = [&]() -> Result<void> {
        TRY_ASSIGN(auto connection, pool_.lease_quick());
        TRY_ASSIGN(const auto found, find_table(*connection, table.id.bucket(), table.id.table()));
        // Comparing needs no lock, which an import may have for long.
        return found == Found::table ? compare_table(*connection, table)
                                     : make_table(*connection, table);
    };
    return ensure().in(fmt::format("table {}", table.id.text()));
}

Result<void> PostgresTarget::add_columns(const TableSpec& table) {
    TRY(check_names(table));
    const auto add = [&]() -> Result<void> {
        TRY_ASSIGN(auto connection, pool_.lease_quick());
        TRY_ASSIGN(const auto found, find_table(*connection, table.id.bucket(), table.id.table()));
        return found == Found::table ? add_missing_columns(*connection, table)
                                     : make_table(*connection, table);
    };
    return add().in(fmt::format("table {}", table.id.text()));
}

Result<bool> PostgresTarget::is_empty(const TableId& table) {
    const auto look = [&]() -> Result<bool> {
        TRY_ASSIGN(auto connection, pool_.lease_quick());
        TRY_ASSIGN(const auto found, find_table(*connection, table.bucket(), table.table()));
        if (found == Found::nothing) return true;
        TRY_ASSIGN(const auto rows, connection->run(fmt::format("SELECT EXISTS (SELECT FROM {})",
                                                                qualified(table))));
        return !rows.boolean(0, 0);
    };
    return look().in(fmt::format("table {}", table.text()));
}

Result<RowsPage> PostgresTarget::read_rows(const RowsQuery& query) {
    const auto read = [&]() -> Result<RowsPage> {
        TRY_ASSIGN(auto connection, pool_.lease());
        return postgres::read_rows(*connection, query);
    };
    return read().in(fmt::format("read table {}", query.table.text()));
}

Result<void> PostgresTarget::drop_table(const TableId& table) {
    const auto drop_it = [&]() -> Result<void> {
        TRY_ASSIGN(auto connection, pool_.lease_quick());
        return drop(*connection, table);
    };
    return drop_it().in(fmt::format("drop table {}", table.text()));
}

Result<Pool::Lease> PostgresTarget::lease_for(const ImportRequest& request) {
    Login login;
    if (roles_) {
        TRY_ASSIGN(login, roles_->login_of(request));
    }
    auto leased = pool_.lease(request.stop, login);
    if (leased.ok() || leased.error().name() != kLoginRefused) return leased;
    return role_cannot(login.role, leased.error());
}

Result<ImportReceipt> PostgresTarget::import(const ImportRequest& request) {
    const auto import = [&]() -> Result<std::optional<ImportReceipt>> {
        TRY_ASSIGN(auto connection, lease_for(request));
        auto begun = import_file(*connection, request);
        if (!begun.ok()) return failure_of(*connection, std::move(begun).error());
        const auto& claim = begun.value();
        if (claim.earlier || claim.is_hidden) return claim.earlier;
        // From here on it may have happened, so that giving up would leave a question.
        connection->stop_when(nullptr);
        auto committed = commit(*connection);
        if (committed.ok()) {
            return std::optional(ImportReceipt{.rows = request.rows, .already_done = false});
        }
        if (!connection->is_broken()) return std::move(committed).error();
        TRY_ASSIGN(const auto receipt, ask_ledger(request, std::move(committed).error()));
        return std::optional(receipt);
    };
    const auto doing =
        fmt::format("import {} into {}", to_string(request.file), request.table.id.text());
    auto imported = import();
    if (!imported.ok()) return std::move(imported).error().in(doing);
    if (imported.value()) return *imported.value();
    return ask_for_hidden(request).in(doing);
}

Result<ImportReceipt> PostgresTarget::ask_for_hidden(const ImportRequest& request) {
    TRY_ASSIGN(auto connection, pool_.lease(request.stop));  // its end rolls back
    TRY(connection->run("BEGIN"));
    TRY_ASSIGN(const auto claim, claim_file(*connection, request));
    if (claim.earlier) return *claim.earlier;
    if (!claim.is_hidden) {
        return Error(Code::unavailable, "the ledger row of the file went away meanwhile");
    }
    return Error(Code::conflict,
                 "another role has imported the file, and the role of the dsn may not see its row "
                 "of the ledger; make it the owner of _millrace_ledger");
}

Result<ImportReceipt> PostgresTarget::ask_ledger(const ImportRequest& request, Error why) {
    const auto ask = [&]() -> Result<std::optional<ImportReceipt>> {
        TRY_ASSIGN(auto connection, pool_.lease_at_once());
        TRY(connection->run("BEGIN"));
        TRY_ASSIGN(const auto claim, claim_file(*connection, request));
        if (claim.is_hidden) {
            return Error(Code::conflict,
                         "its row is of another role; make the role of the dsn the "
                         "owner of _millrace_ledger");
        }
        return claim.earlier;
    };
    auto found = ask();
    if (!found.ok()) {
        return Error(
            Code::unknown_outcome,
            fmt::format("the commit had no answer ({}), and the ledger cannot be asked: {}",
                        why.operator_text(), found.error().operator_text()));
    }
    if (!found.value()) return why;
    return ImportReceipt{.rows = found.value()->rows, .already_done = false};
}

Result<std::optional<std::string>> PostgresTarget::imported_digest(const TableId& table,
                                                                   FileId file) {
    const auto look = [&]() -> Result<std::optional<std::string>> {
        TRY_ASSIGN(auto connection, pool_.lease());
        return find_digest(*connection, table.bucket(), file);
    };
    return look().in(fmt::format("look for {} of {}", to_string(file), table.text()));
}

Result<std::optional<std::string>> PostgresTarget::newest_note(const TableId& table,
                                                               const std::string& owner) {
    const auto look = [&]() -> Result<std::optional<std::string>> {
        TRY_ASSIGN(auto connection, pool_.lease());
        return find_newest_note(*connection, table.bucket(), owner);
    };
    return look().in(fmt::format("look for notes of {}", table.text()));
}

Result<std::vector<RowRefusal>> PostgresTarget::find_refused(const ImportRequest& request,
                                                             std::size_t at_most) {
    const auto& id = request.table.id;
    const auto look = [&]() -> Result<std::vector<RowRefusal>> {
        TRY_ASSIGN(auto connection, lease_for(request));  // its end rolls back
        TRY(connection->run("BEGIN"));
        TRY_ASSIGN(const auto table, find_table(*connection, id.bucket(), id.table()));
        if (table == Found::nothing) return table_is_missing(id);
        TRY(compare_table(*connection, request.table));
        return find_refused_rows(request, at_most, [&](const ImportRequest& part) {
            return try_part(*connection, part);
        });
    };
    return look().in(
        fmt::format("look for refused rows of {} of {}", to_string(request.file), id.text()));
}

Result<void> PostgresTarget::forget(const TableId& table, const std::vector<FileId>& files) {
    const auto forget = [&]() -> Result<void> {
        TRY_ASSIGN(auto connection, pool_.lease());
        return forget_files(*connection, table.bucket(), files);
    };
    return forget().in(fmt::format("forget files of {}", table.text()));
}

Result<void> PostgresTarget::forget_old(const OldImports& old) {
    const auto forget = [&]() -> Result<void> {
        TRY_ASSIGN(auto connection, pool_.lease());
        return forget_old_files(*connection, old);
    };
    return forget().in(fmt::format("forget old imports of {}", old.table.bucket()));
}

Result<void> PostgresTarget::probe() {
    TRY_ASSIGN(auto connection, pool_.lease_quick());
    TRY(require_writes(*connection));
    return roles_ ? roles_->probe(*connection) : Result<void>();
}

Result<void> PostgresTarget::tidy() {
    pool_.close_idle();
    return roles_ ? roles_->tidy() : Result<void>();
}

Result<void> PostgresTarget::give_access(const Sink& sink, Renewal renewal) {
    return roles_ ? roles_->give_access(sink, renewal) : Result<void>();
}

Result<void> PostgresTarget::renew_access_later(const Sink& sink) {
    return roles_ ? roles_->renew_access_later(sink) : Result<void>();
}

void PostgresTarget::take_access(SinkNumber sink) {
    if (roles_) roles_->take_access(sink);
}

}  // namespace millrace::postgres
