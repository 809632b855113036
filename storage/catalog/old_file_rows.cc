#include "storage/catalog/old_file_rows.h"

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {

using sqlite::Database;
using sqlite::Row;

Result<std::vector<FileId>> OldFileRows::waiting_files(FileId before, std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<FileId>> {
        TRY_ASSIGN(auto query, database.query("SELECT id FROM files WHERE id < ?1 AND state"
                                              " NOT IN ('imported', 'discarded') LIMIT ?2",
                                              to_string(before), limit));
        return read_all<FileId>(std::move(query), [](Row row) { return read_file_id(row); });
    });
}

}  // namespace millrace::catalog
