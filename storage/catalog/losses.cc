#include "storage/catalog/losses.h"

#include <fmt/format.h>

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

const std::string& select_short() {
    static const auto sql = fmt::format(
        "SELECT known, {} FROM (SELECT f.*, (SELECT count(*) FROM slices WHERE file = f.id) AS "
        "known"
        " FROM files AS f WHERE state IN ('closing', 'setAside') AND volume = ?1)"
        " WHERE known < slices ORDER BY opened_at, id",
        kFileColumns);
    return sql;
}

}  // namespace

Result<void> Losses::record_lost_rows(const LostRows& lost) {
    const auto& [opening, content, found_at] = lost;
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run(
            "INSERT OR IGNORE INTO lost_rows (slice, upto, file, sink, volume, rows,"
            " csv_bytes, first_batch, last_batch, found_at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            to_string(opening.slice), content.last_sequence.value, to_string(opening.file),
            opening.sink.sink.value, opening.volume.value, content.rows, content.bytes,
            content.first_batch.value, content.last_batch.value, found_at.unix_ms));
        return {};
    });
}

Result<std::vector<ShortFile>> Losses::short_files(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<std::vector<ShortFile>> {
        TRY_ASSIGN(auto query, database.query(select_short(), volume.value));
        return read_all<ShortFile>(std::move(query), [](Row row) -> Result<ShortFile> {
            ShortFile read;
            read.known = row.unsigned32();
            TRY_ASSIGN(read.file, read_file(row));
            return read;
        });
    });
}

Result<void> Losses::close_short(FileId file, std::uint32_t slices) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(
            database.run("UPDATE files SET state = iif(state = 'setAside', state, 'closing'),"
                         " slices = max(?2,"
                         " (SELECT count(*) FROM slices WHERE file = files.id))"
                         " WHERE id = ?1 AND state IN ('writing', 'closing', 'setAside')",
                         to_string(file), slices));
        return {};
    });
}

}  // namespace millrace::catalog
