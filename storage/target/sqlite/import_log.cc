#include "storage/target/sqlite/import_log.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace millrace::target {
namespace {

Result<bool> has_log(sqlite::Database& database) {
    TRY_ASSIGN(const auto logs, database.number("SELECT count(*) FROM sqlite_schema"
                                                " WHERE name = '_millrace_ledger'"));
    return logs > 0;
}

Result<bool> has_notes(sqlite::Database& database) {
    TRY_ASSIGN(const auto columns,
               database.number("SELECT count(*) FROM pragma_table_info('_millrace_ledger')"
                               " WHERE name = 'note'"));
    return columns > 0;
}

// Logs of earlier versions have no place for them.
Result<void> write_note(sqlite::Database& database, const ImportRequest& request) {
    TRY_ASSIGN(const bool has_place, has_notes(database));
    if (!has_place) {
        TRY(database.execute(
            "ALTER TABLE _millrace_ledger ADD COLUMN note_owner TEXT NOT NULL DEFAULT '';"
            "ALTER TABLE _millrace_ledger ADD COLUMN note TEXT NOT NULL DEFAULT ''"));
    }
    TRY(database.run("UPDATE _millrace_ledger SET note_owner = ?2, note = ?3 WHERE file_id = ?1",
                     to_string(request.file), request.note.owner, request.note.text));
    return {};
}

}  // namespace

Result<void> ensure_import_log(sqlite::Database& database) {
    return database.execute(
        "CREATE TABLE IF NOT EXISTS _millrace_ledger (file_id TEXT NOT NULL PRIMARY KEY,"
        " table_name TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        " digest TEXT NOT NULL, imported_at TEXT NOT NULL,"
        " note_owner TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '') WITHOUT ROWID");
}

Result<std::optional<ImportReceipt>> find_receipt(sqlite::Database& database,
                                                  const ImportRequest& request) {
    TRY_ASSIGN(auto query,
               database.query("SELECT digest, rows FROM _millrace_ledger WHERE file_id = ?1",
                              to_string(request.file)));
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return std::optional<ImportReceipt>();
    auto row = query.row();
    const auto digest = row.text();
    if (digest != request.digest) {
        return Error(Code::corrupt,
                     fmt::format("the import log has the file with the digest {}, not {}", digest,
                                 request.digest));
    }
    return std::optional(ImportReceipt{.rows = row.unsigned_integer(), .already_done = true});
}

Result<std::optional<std::string>> find_digest(sqlite::Database& database, FileId file) {
    TRY_ASSIGN(const bool is_there, has_log(database));
    if (!is_there) return std::optional<std::string>();
    TRY_ASSIGN(auto query, database.query("SELECT digest FROM _millrace_ledger WHERE file_id = ?1",
                                          to_string(file)));
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return std::optional<std::string>();
    return std::optional(query.row().text());
}

Result<std::optional<std::string>> find_newest_note(sqlite::Database& database,
                                                    const std::string& owner) {
    TRY_ASSIGN(const bool has_place, has_notes(database));
    if (!has_place) return std::optional<std::string>();
    TRY_ASSIGN(auto query,
               database.query("SELECT group_concat(note, '') FROM ("
                              " SELECT note FROM (SELECT note FROM _millrace_ledger"
                              " WHERE note_owner = ?1 ORDER BY file_id DESC LIMIT 1000)"
                              " UNION SELECT note FROM (SELECT note FROM _millrace_ledger"
                              " WHERE note_owner = ?1 ORDER BY imported_at DESC LIMIT 1000))",
                              owner));
    TRY(query->step());
    auto notes = query.row().text();
    return notes.empty() ? std::optional<std::string>() : std::optional(std::move(notes));
}

Result<void> write_receipt(sqlite::Database& database, const ImportRequest& request) {
    TRY(
        database.run("INSERT INTO _millrace_ledger"
                     " (file_id, table_name, rows, bytes, digest, imported_at)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                     to_string(request.file), request.table.id.table(), request.rows, request.bytes,
                     request.digest, format_utc(request.now)));
    return request.note.owner.empty() ? Result<void>() : write_note(database, request);
}

Result<void> delete_receipts(sqlite::Database& database, const std::vector<FileId>& files) {
    TRY_ASSIGN(const bool is_there, has_log(database));
    if (!is_there) return {};
    for (const auto& file : files) {
        TRY(database.run("DELETE FROM _millrace_ledger WHERE file_id = ?1", to_string(file)));
    }
    return {};
}

// The clock of the target is that of the machine. Times are text that compares as they do.
Result<void> delete_old_receipts(sqlite::Database& database, const OldImports& old) {
    TRY_ASSIGN(const bool is_there, has_log(database));
    if (!is_there) return {};
    std::string kept = "[";  // of digits and hyphens
    for (const auto& file : old.kept) {
        kept += fmt::format("{}\"{}\"", kept.size() > 1 ? "," : "", to_string(file));
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(old.age).count();
    TRY(
        database.run("DELETE FROM _millrace_ledger WHERE file_id < ?1"
                     " AND imported_at < strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?2)"
                     " AND file_id NOT IN (SELECT value FROM json_each(?3))",
                     to_string(old.before), fmt::format("-{} seconds", seconds), kept + "]"));
    return {};
}

}  // namespace millrace::target
