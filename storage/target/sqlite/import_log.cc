#include "storage/target/sqlite/import_log.h"

namespace millrace::target {

Result<void> ensure_import_log(sqlite::Database& database) {
    return database.execute(
        "CREATE TABLE IF NOT EXISTS _millrace_ledger (file_id TEXT NOT NULL PRIMARY KEY,"
        " table_name TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        " digest TEXT NOT NULL, imported_at TEXT NOT NULL) WITHOUT ROWID");
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

Result<void> write_receipt(sqlite::Database& database, const ImportRequest& request) {
    TRY(
        database.run("INSERT INTO _millrace_ledger"
                     " (file_id, table_name, rows, bytes, digest, imported_at)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                     to_string(request.file), request.table.id.table(), request.rows, request.bytes,
                     request.digest, format_utc(request.now)));
    return {};
}

Result<void> delete_receipts(sqlite::Database& database, const std::vector<FileId>& files) {
    TRY_ASSIGN(const auto logs, database.number("SELECT count(*) FROM sqlite_schema"
                                                " WHERE name = '_millrace_ledger'"));
    if (logs == 0) return {};
    for (const auto& file : files) {
        TRY(database.run("DELETE FROM _millrace_ledger WHERE file_id = ?1", to_string(file)));
    }
    return {};
}

}  // namespace millrace::target
