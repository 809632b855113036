#include "storage/catalog/restored_copy.h"

#include <fmt/format.h>

#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/schema.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

constexpr std::string_view kWaitingFiles =
    "(SELECT id FROM files WHERE state IN ('closing', 'importing', 'setAside'))";
// Also a closed file whose last slice was not recorded yet: it was closed behind the backup, which
// waits for all others.
constexpr std::string_view kOpenFiles =
    "(SELECT id FROM files AS f WHERE state = 'writing' OR (state = 'closing' AND slices >"
    " (SELECT count(*) FROM slices WHERE file = f.id)))";
constexpr std::string_view kWaitingSlices = "state IN ('closing', 'uploading', 'uploaded')";
constexpr std::string_view kPrepared = "(SELECT number FROM loads WHERE state = 'prepared')";

Result<Slice> read_prepared(Row row) {
    Slice slice;
    TRY_ASSIGN(slice.opening.slice, read_slice_id(row));
    slice.opening.volume = VolumeId(row.text());
    slice.content.bytes = row.unsigned_integer();
    slice.content.rows = row.unsigned_integer();
    slice.content.crc = row.unsigned32();
    return slice;
}

// Rows that were taken behind the backup: their files may get more rows where the old installation
// goes on, so they are not the same ones here.
Result<void> forget_open_files(Database& database) {
    // Also how far a source was read that has rows in one of them: those come again.
    TRY(
        database.run(fmt::format("DELETE FROM covered_positions WHERE file NOT IN"
                                 " (SELECT id FROM files) OR EXISTS (SELECT 1 FROM files AS lost"
                                 " WHERE lost.sink = covered_positions.sink"
                                 " AND lost.id <= covered_positions.file AND lost.id IN {})",
                                 kOpenFiles)));
    TRY(database.run(fmt::format("DELETE FROM slices WHERE file IN {}", kOpenFiles)));
    TRY(database.run(fmt::format("DELETE FROM files WHERE id IN {}", kOpenFiles)));
    return {};
}

// All that waits is on the new volume, not uploaded and never tried. Of what does not wait nothing
// is left that this installation would have to remove.
Result<void> move_waiting(Database& database, const std::string& volume) {
    TRY(database.run(
        fmt::format("UPDATE slices SET volume = ?1, state = 'closing', is_local = 1,"
                    " is_staged = 0, staging = 'default', staging_key = '', staged_bytes = 0,"
                    " compression = 'none', retry_attempt = 0, retry_reason = '', retry_after = 0,"
                    " last_sequence = 0, first_batch = 0, last_batch = 0"
                    " WHERE {} AND file IN {}",
                    kWaitingSlices, kWaitingFiles),
        volume));
    TRY(
        database.run("UPDATE files SET volume = ?1, retry_attempt = 0, retry_reason = '',"
                     " retry_after = 0, state = iif(state = 'importing', 'closing', state)"
                     " WHERE state IN ('closing', 'importing', 'setAside')",
                     volume));
    TRY(
        database.run("UPDATE slices SET is_local = 0, is_staged = 0"
                     " WHERE state IN ('imported', 'discarded')"));
    TRY(database.run("UPDATE announced_slices SET volume = ?1", volume));
    TRY(
        database.run("UPDATE loads SET volume = ?1"
                     " WHERE state IN ('open', 'written', 'prepared')",
                     volume));
    return {};
}

// The volumes of before have ended: their names are free, and what receipts call them is known.
// Keys are found anew when the volume is opened, stagings get another mark.
Result<void> replace_volumes(Database& database, const std::string& volume, WallTime now) {
    TRY(database.run("INSERT OR IGNORE INTO volumes_before (volume) SELECT volume FROM volumes"));
    TRY(database.run("UPDATE volumes SET state = 'retired', since = ?1 WHERE state = 'active'",
                     now.unix_ms));
    TRY(
        database.run("INSERT INTO volumes (volume, name, state, first_seen)"
                     " VALUES (?1, 'default', 'active', ?2)",
                     volume, now.unix_ms));
    TRY(database.run("DELETE FROM key_homes"));
    TRY(database.run("DELETE FROM staging_marks"));
    return {};
}

// The installation before may go on with its roles in the same databases: these get others.
Result<void> renew_roles(Database& database) {
    TRY(database.run("UPDATE sink_tokens SET state = 'due', role = '', password = ''"));
    TRY(database.run("DELETE FROM role_space"));
    return {};
}

// A start refuses what has become too old meanwhile; what is set aside does no harm.
Result<void> begin_epoch(Database& database, const NewInstallation& now) {
    TRY_ASSIGN(const auto before,
               database.number("SELECT coalesce(max(epoch), 1) FROM installation"));
    TRY(
        database.run("INSERT OR REPLACE INTO installation (one, epoch, token, backup_at,"
                     " restored_at, remembered, has_started) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
                     before + 1, now.token, now.backup_at.unix_ms, now.now.unix_ms,
                     std::int64_t{now.remembered.count()}, now.sets_aside ? 1 : 0));
    return {};
}

Result<void> set_all_aside(Database& database, WallTime now) {
    TRY(
        database.run("UPDATE files SET state = 'setAside', aside_at = ?1, aside_reason ="
                     " 'The backup is older than its target remembers imports: this file may be"
                     " in its table already.' WHERE state = 'closing'",
                     now.unix_ms));
    return {};
}

Result<RestoredRows> count_waiting(Database& database) {
    RestoredRows counted;
    TRY_ASSIGN(auto query, database.query(fmt::format(
                               "SELECT count(DISTINCT file), coalesce(sum(rows), 0) FROM slices"
                               " WHERE file IN {}",
                               kWaitingFiles)));
    TRY(query->step());
    auto row = query.row();
    counted.files = row.unsigned_integer();
    counted.rows = row.unsigned_integer();
    return counted;
}

}  // namespace

Result<std::vector<Slice>> waiting_slices(const std::string& copy) {
    TRY_ASSIGN(auto database, Database::open(copy, {.read_only = true}));
    TRY_ASSIGN(auto query,
               database.query(fmt::format("SELECT {} FROM slices WHERE {} AND file IN {}"
                                          " ORDER BY id",
                                          kSliceColumns, kWaitingSlices, kWaitingFiles)));
    TRY_ASSIGN(auto slices, read_all<Slice>(std::move(query), read_slice));
    TRY_ASSIGN(auto parts,
               database.query(fmt::format("SELECT id, volume, bytes, rows, crc FROM"
                                          " announced_slices WHERE load IN {} ORDER BY id",
                                          kPrepared)));
    TRY_ASSIGN(const auto prepared, read_all<Slice>(std::move(parts), read_prepared));
    slices.insert(slices.end(), prepared.begin(), prepared.end());
    return slices;
}

Result<RestoredRows> make_restored(const std::string& copy, const NewInstallation& now) {
    TRY_ASSIGN(auto database, Database::open(copy, {}));
    TRY(migrate(database));
    TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
    const auto volume = fmt::format("default~{}", now.token);
    TRY(forget_open_files(database));
    TRY(move_waiting(database, volume));
    TRY(replace_volumes(database, volume, now.now));
    TRY(begin_epoch(database, now));
    TRY(renew_roles(database));
    if (now.sets_aside) TRY(set_all_aside(database, now.now));
    TRY_ASSIGN(auto restored, count_waiting(database));
    TRY_ASSIGN(restored.kafka_sources,
               database.run("UPDATE sources SET details = json_set(details, '$.paused',"
                            " json('true')) WHERE kind = 'kafka' AND deleted IS NULL"));
    TRY(transaction.commit());
    return restored;
}

}  // namespace millrace::catalog
