#include "storage/target/postgres/pg_ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "storage/target/postgres/names.h"
#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {

namespace {

constexpr std::string_view kRoleName = "role_name text NOT NULL DEFAULT current_user";

constexpr std::string_view kNotes =
    "note_owner text NOT NULL DEFAULT '', note text NOT NULL DEFAULT ''";

Result<bool> has_column(Connection& connection, std::string_view schema, std::string_view name) {
    TRY_ASSIGN(const auto columns, columns_of(connection, schema, kLedger));
    return std::ranges::any_of(columns,
                               [&](const FoundColumn& column) { return column.name == name; });
}

// Ledgers of earlier versions have no place for them; only their owner can make it.
Result<bool> has_notes(Connection& connection, std::string_view schema, bool may_add) {
    TRY_ASSIGN(const bool has_place, has_column(connection, schema, "note"));
    if (has_place || !may_add) return has_place;
    TRY_ASSIGN(const auto owned,
               connection.run("SELECT pg_has_role(c.relowner, 'USAGE') FROM pg_class c"
                              " JOIN pg_namespace n ON n.oid = c.relnamespace"
                              " WHERE n.nspname = $1 AND c.relname = $2",
                              {std::string(schema), std::string(kLedger)}));
    if (owned.size() == 0 || !owned.boolean(0, 0)) return false;
    TRY(
        connection.run(fmt::format("ALTER TABLE {} ADD COLUMN note_owner text NOT NULL DEFAULT '',"
                                   " ADD COLUMN note text NOT NULL DEFAULT ''",
                                   qualified(schema, kLedger))));
    return true;
}

// Nothing was found, so it is not there; or the role may not see it.
Result<std::optional<std::string>> nothing_unless_hidden(Connection& connection,
                                                         const std::string& ledger) {
    TRY_ASSIGN(const auto hidden, connection.run("SELECT row_security_active($1::text)", {ledger}));
    if (!hidden.boolean(0, 0)) return std::optional<std::string>();
    return Error(Code::conflict,
                 "the role of the dsn may not see all rows of the ledger; make it the owner of "
                 "_millrace_ledger");
}

std::string array_of(const std::vector<FileId>& files) {
    std::string ids;  // of digits and hyphens
    for (const auto& file : files) ids += (ids.empty() ? "" : ",") + to_string(file);
    return "{" + ids + "}";
}

}  // namespace

Result<void> ensure_ledger(Connection& connection, std::string_view schema) {
    TRY_ASSIGN(const auto found, find_table(connection, schema, kLedger));
    if (found == Found::table) return {};
    TRY(connection.run(fmt::format(
        "CREATE TABLE {} (file_id text PRIMARY KEY, table_name text NOT NULL, rows bigint NOT NULL,"
        " bytes bigint NOT NULL, digest text NOT NULL, imported_at timestamptz NOT NULL,"
        " {}, {})",
        qualified(schema, kLedger), kNotes, kRoleName)));
    return {};
}

Result<void> hide_ledger_rows(Connection& connection, std::string_view schema) {
    const auto ledger = qualified(schema, kLedger);
    TRY(has_notes(connection, schema, true));
    TRY_ASSIGN(const bool has_role_name, has_column(connection, schema, "role_name"));
    if (!has_role_name) {
        TRY(connection.run(fmt::format("ALTER TABLE {} ADD COLUMN {}", ledger, kRoleName)));
    }
    TRY_ASSIGN(const auto found,
               connection.run("SELECT c.relrowsecurity, EXISTS (SELECT FROM pg_policy p"
                              " WHERE p.polrelid = c.oid AND p.polname = '_millrace_own')"
                              " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                              " WHERE n.nspname = $1 AND c.relname = $2",
                              {std::string(schema), std::string(kLedger)}));
    if (found.size() == 0) return Error(Code::conflict, "the ledger is not there");
    if (!found.boolean(0, 1)) {
        TRY(
            connection.run(fmt::format("CREATE POLICY _millrace_own ON {}"
                                       " USING (role_name = current_user)"
                                       " WITH CHECK (role_name = current_user)",
                                       ledger)));
    }
    if (!found.boolean(0, 0)) {
        TRY(connection.run(fmt::format("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", ledger)));
    }
    return {};
}

Result<Claim> claim_file(Connection& connection, const ImportRequest& request) {
    const auto ledger = qualified(request.table.id.bucket(), kLedger);
    const auto file = to_string(request.file);
    const auto& note = request.note;
    bool keeps_note = !note.owner.empty();
    if (keeps_note) {
        TRY_ASSIGN(keeps_note, has_notes(connection, request.table.id.bucket(),
                                         connection.login().is_of_dsn()));
    }
    Parameters values = {file, std::string(request.table.id.table()), std::to_string(request.rows),
                         std::to_string(request.bytes), request.digest};
    if (keeps_note) values.insert(values.end(), {note.owner, note.text});
    TRY_ASSIGN(
        const auto claimed,
        connection.run(
            fmt::format("INSERT INTO {} (file_id, table_name, rows, bytes, digest, imported_at{})"
                        " VALUES ($1, $2, $3, $4, $5, now(){}) ON CONFLICT (file_id) DO NOTHING",
                        ledger, keeps_note ? ", note_owner, note" : "",
                        keeps_note ? ", $6, $7" : ""),
            values));
    if (claimed.written() == 1) return Claim{};

    TRY_ASSIGN(const auto rows,
               connection.run(fmt::format("SELECT digest, rows FROM {} WHERE file_id = $1", ledger),
                              {file}));
    if (rows.size() == 0) return Claim{.earlier = {}, .is_hidden = true};
    if (rows.text(0, 0) != request.digest) {
        return Error(Code::corrupt,
                     fmt::format("the ledger has the file with the digest {}, not {}",
                                 rows.text(0, 0), request.digest));
    }
    ImportReceipt receipt{.rows = 0, .already_done = true};
    const auto count = rows.text(0, 1);
    std::from_chars(count.data(), count.data() + count.size(), receipt.rows);
    return Claim{.earlier = receipt};
}

Result<std::optional<std::string>> find_digest(Connection& connection, std::string_view schema,
                                               FileId file) {
    TRY_ASSIGN(const auto is_there, find_table(connection, schema, kLedger));
    if (is_there == Found::nothing) return std::optional<std::string>();
    const auto ledger = qualified(schema, kLedger);
    TRY_ASSIGN(const auto rows,
               connection.run(fmt::format("SELECT digest FROM {} WHERE file_id = $1", ledger),
                              {to_string(file)}));
    if (rows.size() > 0) return std::optional(std::string(rows.text(0, 0)));
    return nothing_unless_hidden(connection, ledger);
}

Result<std::optional<std::string>> find_newest_note(Connection& connection, std::string_view schema,
                                                    const std::string& owner) {
    TRY_ASSIGN(const auto is_there, find_table(connection, schema, kLedger));
    if (is_there == Found::nothing) return std::optional<std::string>();
    TRY_ASSIGN(const bool has_place, has_notes(connection, schema, false));
    if (!has_place) return std::optional<std::string>();
    const auto ledger = qualified(schema, kLedger);
    TRY_ASSIGN(const auto rows,
               connection.run(fmt::format("SELECT coalesce(string_agg(note, ''), '') FROM ("
                                          "(SELECT note FROM {0} WHERE note_owner = $1"
                                          " ORDER BY file_id DESC LIMIT 1000)"
                                          " UNION (SELECT note FROM {0} WHERE note_owner = $1"
                                          " ORDER BY imported_at DESC LIMIT 1000)) AS notes",
                                          ledger),
                              {owner}));
    if (!rows.text(0, 0).empty()) return std::optional(std::string(rows.text(0, 0)));
    return nothing_unless_hidden(connection, ledger);
}

Result<void> forget_files(Connection& connection, std::string_view schema,
                          const std::vector<FileId>& files) {
    TRY_ASSIGN(const auto found, find_table(connection, schema, kLedger));
    if (found == Found::nothing || files.empty()) return {};
    TRY(connection.run(
        fmt::format("DELETE FROM {} WHERE file_id = ANY ($1::text[])", qualified(schema, kLedger)),
        {array_of(files)}));
    return {};
}

// The ids of files are in the order of their texts, in every collation: the same characters are
// hyphens in all.
Result<void> forget_old_files(Connection& connection, const OldImports& old) {
    const auto schema = old.table.bucket();
    TRY_ASSIGN(const auto found, find_table(connection, schema, kLedger));
    if (found == Found::nothing) return {};
    TRY(connection.run(
        fmt::format("DELETE FROM {} WHERE file_id < $1"
                    " AND imported_at < now() - $2::bigint * interval '1 millisecond'"
                    " AND file_id <> ALL ($3::text[])",
                    qualified(schema, kLedger)),
        {to_string(old.before), std::to_string(old.age.count()), array_of(old.kept)}));
    return {};
}

}  // namespace millrace::postgres
