#include "storage/catalog/old_file_rows.h"

#include <fmt/format.h>

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {

using sqlite::Database;
using sqlite::Row;

Result<std::vector<FileId>> OldFileRows::waiting_files(FileId before, std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<FileId>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT id FROM files WHERE id < ?1 AND state"
                                  " NOT IN ('imported', 'discarded') UNION"
                                  " SELECT whole FROM files WHERE whole < ?1 AND whole <> ''"
                                  " AND state NOT IN ('imported', 'discarded') LIMIT ?2",
                                  to_string(before), limit));
        return read_all<FileId>(std::move(query), [](Row row) { return read_file_id(row); });
    });
}

Result<std::vector<File>> OldFileRows::unfinished_files(FileId after, std::uint32_t limit) {
    static const auto sql = fmt::format(
        "SELECT {} FROM files WHERE id IN (SELECT id FROM files INDEXED BY files_waiting"
        " WHERE state NOT IN ('imported', 'discarded') AND state <> 'writing' AND id > ?1"
        " ORDER BY id LIMIT ?2) ORDER BY id",
        kFileColumns);
    return connections_.read([&](Database& database) -> Result<std::vector<File>> {
        TRY_ASSIGN(auto query, database.query(sql, to_string(after), limit));
        return read_all<File>(std::move(query), read_file);
    });
}

}  // namespace millrace::catalog
