// The part of FileTables that is about slices.

#include "storage/catalog/due_sql.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/file_tables.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// What a step of a slice that changed nothing means: it was done before, or the slice is not known.
Result<void> unless_changed(Database& database, std::uint64_t changed, SliceId slice) {
    if (changed > 0) return {};
    return require_slice(database, slice);
}

const std::string& select_one() {
    static const auto sql = fmt::format("SELECT {} FROM slices WHERE id = ?1", kSliceColumns);
    return sql;
}
const std::string& select_of_file() {
    static const auto sql =
        fmt::format("SELECT {} FROM slices WHERE file = ?1 ORDER BY id", kSliceColumns);
    return sql;
}

const std::string& select_staged_leftovers() {
    static const auto sql = fmt::format(
        "SELECT id, {} FROM slices WHERE is_staged AND state IN ('imported', 'discarded')"
        " AND id > ?1 ORDER BY id LIMIT ?2",
        kStagedColumns);
    return sql;
}

}  // namespace

Result<void> FileTables::record_sealed(const OpenSlice& slice) {
    return connections_.write([&](Database& database) { return write_sealed(database, slice); });
}

Result<void> FileTables::record_reports(const std::vector<OpenSlice>& sealed,
                                        const std::vector<OpenFile>& closed) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& slice : sealed) TRY(write_sealed(database, slice));
        for (const auto& file : closed) TRY(write_closed(database, file));
        return {};
    });
}

Result<std::optional<Slice>> FileTables::find_slice(SliceId slice) {
    return connections_.read([&](Database& database) -> Result<std::optional<Slice>> {
        TRY_ASSIGN(auto query, database.query(select_one(), to_string(slice)));
        return read_one<Slice>(std::move(query), read_slice);
    });
}

Result<std::vector<Slice>> FileTables::slices_of(FileId file) {
    return connections_.read([&](Database& database) -> Result<std::vector<Slice>> {
        TRY_ASSIGN(auto query, database.query(select_of_file(), to_string(file)));
        return read_all<Slice>(std::move(query), read_slice);
    });
}

Result<std::vector<Slice>> FileTables::slices_to_upload(WallTime now, std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<Slice>> {
        TRY_ASSIGN(auto query, database.query(slices_to_upload_sql(), now.unix_ms, limit,
                                              (now + kRetryAheadMax).unix_ms));
        return read_all<Slice>(std::move(query), read_slice);
    });
}

Result<void> FileTables::mark_uploading(SliceId slice) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto changed, database.run("UPDATE slices SET state = 'uploading'"
                                                    " WHERE id = ?1 AND state = 'closing'",
                                                    to_string(slice)));
        return unless_changed(database, changed, slice);
    });
}

Result<bool> FileTables::mark_uploaded(SliceId slice, const StagedObject& object) {
    const auto id = to_string(slice);
    return connections_.write([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(
            const auto changed,
            database.run("UPDATE slices SET state = 'uploaded', staging = ?2, staging_key = ?3,"
                         " compression = ?4, staged_bytes = ?5, is_staged = 1,"
                         " retry_attempt = 0, retry_reason = '', retry_after = 0"
                         " WHERE id = ?1 AND state IN ('closing', 'uploading')",
                         id, object.staging.value, object.key, to_string(object.compression),
                         object.bytes));
        TRY(unless_changed(database, changed, slice));
        if (changed > 0) return true;
        TRY_ASSIGN(const auto same,
                   database.number("SELECT count(*) FROM slices WHERE id = ?1 AND staging = ?2"
                                   " AND staging_key = ?3",
                                   id, object.staging.value, object.key));
        return same > 0;
    });
}

Result<std::map<StagingName, std::uint64_t>> FileTables::rows_by_staging() {
    using Entry = std::pair<StagingName, std::uint64_t>;
    return connections_.read([&](Database& database)
                                 -> Result<std::map<StagingName, std::uint64_t>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT staging, sum(rows) FROM slices INDEXED BY slices_waiting"
                                  " WHERE state NOT IN ('imported', 'discarded')"
                                  " AND state = 'uploaded'"
                                  " GROUP BY staging"));
        TRY_ASSIGN(const auto rows, read_all<Entry>(std::move(query), [](Row row) -> Result<Entry> {
                       StagingName staging(row.text());
                       return Entry(std::move(staging), row.unsigned_integer());
                   }));
        return std::map<StagingName, std::uint64_t>(rows.begin(), rows.end());
    });
}

Result<void> FileTables::retry_slice(SliceId slice, const Retry& retry) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY_ASSIGN(
            const auto changed,
            database.run("UPDATE slices SET retry_attempt = ?2, retry_reason = ?3,"
                         " retry_after = ?4 WHERE id = ?1",
                         to_string(slice), retry.attempt, retry.reason, retry.after.unix_ms));
        return unless_changed(database, changed, slice);
    });
}

Result<FileCatalog::Leftovers> FileTables::leftovers(const LeftoversPage& page) {
    using Staged = std::pair<SliceId, StagedObject>;
    return connections_.read([&](Database& database) -> Result<Leftovers> {
        Leftovers left;
        TRY_ASSIGN(auto local, database.query("SELECT volume, id FROM slices WHERE is_local"
                                              " AND state IN ('uploaded', 'imported', 'discarded')"
                                              " AND id > ?1 ORDER BY id LIMIT ?2",
                                              to_string(page.after_local), page.limit));
        TRY_ASSIGN(left.local, read_all<LocalSlice>(std::move(local), read_local_slice));
        TRY_ASSIGN(auto staged, database.query(select_staged_leftovers(),
                                               to_string(page.after_staged), page.limit));
        TRY_ASSIGN(left.staged, read_all<Staged>(std::move(staged), [](Row row) -> Result<Staged> {
                       TRY_ASSIGN(const auto slice, read_slice_id(row));
                       TRY_ASSIGN(auto object, read_staged_object(row));
                       return Staged(slice, std::move(object));
                   }));
        return left;
    });
}

Result<void> FileTables::mark_local_removed(SliceId slice) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY_ASSIGN(
            const auto changed,
            database.run(
                "UPDATE slices SET is_local = 0"
                " WHERE id = ?1 AND is_local AND state IN ('uploaded', 'imported', 'discarded')",
                to_string(slice)));
        return unless_changed(database, changed, slice);
    });
}

Result<std::vector<SliceId>> FileTables::removed_slices(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<std::vector<SliceId>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT id FROM slices WHERE volume = ?1 AND NOT is_local"
                                  " AND state IN ('uploaded', 'imported', 'discarded')",
                                  volume.value));
        return read_all<SliceId>(std::move(query), [](Row row) { return read_slice_id(row); });
    });
}

Result<void> FileTables::mark_staged_removed(SliceId slice) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto changed, database.run("UPDATE slices SET is_staged = 0"
                                                    " WHERE id = ?1 AND is_staged"
                                                    " AND state IN ('imported', 'discarded')",
                                                    to_string(slice)));
        return unless_changed(database, changed, slice);
    });
}

}  // namespace millrace::catalog
