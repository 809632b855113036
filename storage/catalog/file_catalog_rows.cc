#include "storage/catalog/file_catalog_rows.h"

#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

template <typename T>
Result<T> read_id(Row& row) {
    const auto text = row.text();
    const auto uuid = parse_uuid(text);
    if (!uuid) return Error(Code::corrupt, fmt::format("\"{}\" in the catalog is not an id", text));
    return T(*uuid);
}

Retry read_retry(Row& row) {
    Retry retry;
    retry.attempt = row.unsigned32();
    retry.reason = row.text();
    retry.after = WallTime{row.integer()};
    return retry;
}

SinkVersion read_sink_version(Row& row) {
    const auto sink = SinkNumber(row.unsigned_integer());
    return {.sink = sink, .mapping = MappingVersion(row.unsigned32())};
}

Error unknown_state(std::string_view what, const std::string& state) {
    return Error(Code::corrupt, fmt::format("{} in the catalog is \"{}\"", what, state));
}

}  // namespace

Result<SliceId> read_slice_id(Row& row) {
    return read_id<SliceId>(row);
}
Result<FileId> read_file_id(Row& row) {
    return read_id<FileId>(row);
}

Result<LocalSlice> read_local_slice(Row row) {
    LocalSlice slice;
    slice.volume = VolumeId(row.text());
    TRY_ASSIGN(slice.slice, read_slice_id(row));
    return slice;
}

Result<StagedObject> read_staged_object(Row& row) {
    StagedObject object;
    object.staging = StagingName(row.text());
    object.key = row.text();
    const auto compression = row.text();
    const auto known = compression_from(compression);
    if (!known) return unknown_state("the compression of a slice", compression);
    object.compression = *known;
    object.bytes = row.unsigned_integer();
    return object;
}

Result<File> read_file(Row row) {
    File file;
    TRY_ASSIGN(file.id, read_file_id(row));
    file.sink = read_sink_version(row);
    const auto state = row.text();
    const auto known = file_state_from(state);
    if (!known) return unknown_state("a file", state);
    file.state = *known;
    file.opened_at = WallTime{row.integer()};
    file.slices = row.unsigned32();
    file.retry = read_retry(row);
    file.volume = VolumeId(row.text());
    SetAside aside{.reason = row.text(), .at = {}};
    if (const auto at = row.optional_integer()) {
        aside.at = WallTime{*at};
        file.aside = std::move(aside);
    }
    return file;
}

Result<Slice> read_slice(Row row) {
    Slice slice;
    TRY_ASSIGN(slice.opening.slice, read_slice_id(row));
    TRY_ASSIGN(slice.opening.file, read_file_id(row));
    slice.opening.sink = read_sink_version(row);
    slice.opening.opened_at = WallTime{row.integer()};
    slice.content.bytes = row.unsigned_integer();
    slice.content.rows = row.unsigned_integer();
    slice.content.crc = row.unsigned32();
    slice.content.first_at = WallTime{row.integer()};
    slice.content.last_at = WallTime{row.integer()};
    slice.content.last_sequence = Sequence(row.unsigned_integer());
    const auto state = row.text();
    const auto known = slice_state_from(state);
    if (!known) return unknown_state("a slice", state);
    slice.state = *known;
    TRY_ASSIGN(slice.staged, read_staged_object(row));
    slice.retry = read_retry(row);
    slice.opening.volume = VolumeId(row.text());
    slice.content.first_batch = BatchNumber(row.unsigned_integer());
    slice.content.last_batch = BatchNumber(row.unsigned_integer());
    return slice;
}

Result<bool> insert_file(Database& database, const OpenFile& file, FileState state) {
    TRY_ASSIGN(
        const auto added,
        database.run("INSERT OR IGNORE INTO files"
                     " (id, sink, mapping, state, opened_at, slices, volume, line)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce((SELECT"
                     " coalesce(json_extract(snapshot, '$.target'), 'default') || '/' ||"
                     " json_extract(snapshot, '$.table') FROM mappings WHERE sink = ?2"
                     " AND version = ?3 AND EXISTS (SELECT 1 FROM json_each(snapshot, '$.columns')"
                     " WHERE json_extract(value, '$.primaryKey'))), ''))",
                     to_string(file.id), file.sink.sink.value, file.sink.mapping.value,
                     to_string(state), file.opened_at.unix_ms, file.slices, file.volume.value));
    return added == 1;
}

Result<void> take_turn(Database& database, const OpenFile& file) {
    const auto next = [&](const std::string& id) -> Result<void> {
        TRY(database.run("UPDATE last_numbers SET number = number + 1 WHERE name = 'turn'"));
        TRY(
            database.run("UPDATE files SET turn = (SELECT number FROM last_numbers"
                         " WHERE name = 'turn') WHERE id = ?1",
                         id));
        return {};
    };
    TRY(next(to_string(file.id)));
    TRY_ASSIGN(auto query,
               database.query("SELECT id FROM files WHERE state IN ('closing', 'importing')"
                              " AND sink = ?1 AND volume = ?2 AND load = 0 AND id > ?3"
                              " UNION ALL SELECT id FROM files WHERE state = 'setAside'"
                              " AND sink = ?1 AND volume = ?2 AND load = 0 AND id > ?3"
                              " ORDER BY id",
                              file.sink.sink.value, file.volume.value, to_string(file.id)));
    TRY_ASSIGN(const auto later,
               read_all<FileId>(std::move(query), [](Row row) { return read_file_id(row); }));
    for (const auto& id : later) TRY(next(to_string(id)));
    return {};
}

Result<bool> insert_closed_file(Database& database, const OpenFile& file) {
    TRY_ASSIGN(const bool is_new, insert_file(database, file, FileState::closing));
    if (is_new) TRY(take_turn(database, file));
    return is_new;
}

Result<void> insert_slice(Database& database, const OpenSlice& slice) {
    const auto& opening = slice.opening;
    const auto& content = slice.content;
    TRY(database.run(
        "INSERT OR IGNORE INTO slices (id, file, sink, mapping, opened_at, bytes,"
        " rows, crc, first_at, last_at, last_sequence, volume, first_batch,"
        " last_batch, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
        " ?13, ?14, iif((SELECT state FROM files WHERE id = ?2) = 'discarded', 'discarded',"
        " 'closing'))",
        to_string(opening.slice), to_string(opening.file), opening.sink.sink.value,
        opening.sink.mapping.value, opening.opened_at.unix_ms, content.bytes, content.rows,
        content.crc, content.first_at.unix_ms, content.last_at.unix_ms, content.last_sequence.value,
        opening.volume.value, content.first_batch.value, content.last_batch.value));
    return {};
}

Result<void> count_slices_again(Database& database, FileId file) {
    TRY(
        database.run("UPDATE files SET slices = max(slices, (SELECT count(*) FROM slices"
                     " WHERE file = ?1)) WHERE id = ?1 AND state IN ('closing', 'setAside')",
                     to_string(file)));
    return {};
}

Result<void> write_sealed(Database& database, const OpenSlice& slice) {
    const auto& opening = slice.opening;
    // Its file is not closed yet as far as is known; write_closed() will say when, and the count.
    // Slices of a file are opened in order, so the first one that arrives is as old as the file.
    OpenFile file;
    file.id = opening.file;
    file.sink = opening.sink;
    file.opened_at = opening.opened_at;
    file.volume = opening.volume;
    TRY(insert_file(database, file, FileState::writing));
    TRY(insert_slice(database, slice));
    TRY(database.run("UPDATE volumes SET sealed = ?2 WHERE volume = ?1 AND sealed < ?2",
                     opening.volume.value, slice.content.last_sequence.value));
    return count_slices_again(database, opening.file);
}

Result<void> write_closed(Database& database, const OpenFile& file) {
    TRY_ASSIGN(const bool is_new, insert_closed_file(database, file));
    if (is_new) return {};
    TRY_ASSIGN(const auto closed,
               database.run("UPDATE files SET state = 'closing', slices = ?2, opened_at = ?3"
                            " WHERE id = ?1 AND state = 'writing'",
                            to_string(file.id), file.slices, file.opened_at.unix_ms));
    if (closed > 0) TRY(take_turn(database, file));
    TRY(count_slices_again(database, file.id));
    return {};
}

Result<void> require_slice(Database& database, SliceId slice) {
    const auto id = to_string(slice);
    TRY_ASSIGN(const auto known, database.number("SELECT count(*) FROM slices WHERE id = ?1", id));
    if (known == 0) return Error(Code::not_found, fmt::format("slice {} is not known", id));
    return {};
}

Result<FileState> require_file(Database& database, FileId file) {
    const auto id = to_string(file);
    TRY_ASSIGN(auto query, database.query("SELECT state FROM files WHERE id = ?1", id));
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return Error(Code::not_found, fmt::format("file {} is not known", id));
    const auto state = query.row().text();
    const auto known = file_state_from(state);
    if (!known) return unknown_state("a file", state);
    return *known;
}

}  // namespace millrace::catalog
