// The part of FileTables that is about files.

#include "core/model/upload_labels.h"
#include "storage/catalog/due_sql.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/file_tables.h"
#include "storage/catalog/refused_row_table.h"
#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

const std::string& select_one() {
    static const auto sql = fmt::format("SELECT {} FROM files WHERE id = ?1", kFileColumns);
    return sql;
}

const std::string& select_forgettable() {
    static const auto sql = fmt::format(
        "SELECT {} FROM files AS f WHERE state = 'imported' AND imported_age < ?1 AND volume = ?4"
        " AND NOT EXISTS (SELECT 1 FROM slices WHERE file = f.id"
        " AND (is_local OR is_staged OR last_sequence > ?2))"
        " AND NOT EXISTS (SELECT 1 FROM files AS part WHERE part.whole = f.whole"
        " AND part.whole <> '' AND part.state NOT IN ('imported', 'discarded'))"
        " ORDER BY imported_age, id LIMIT ?3",
        kFileColumns);
    return sql;
}

Result<OpenFile> read_writing_file(Row row) {
    OpenFile file;
    TRY_ASSIGN(file.id, read_file_id(row));
    file.sink.sink = SinkNumber(row.unsigned_integer());
    file.sink.mapping = MappingVersion(row.unsigned32());
    file.opened_at = WallTime{row.integer()};
    file.slices = row.unsigned32();
    file.rows = row.unsigned_integer();
    file.bytes = row.unsigned_integer();
    file.volume = VolumeId(row.text());
    return file;
}

// Its bytes, then the columns of a file.
Result<File> read_due_file(Row row) {
    const auto bytes = row.unsigned_integer();
    TRY_ASSIGN(auto file, read_file(row));
    file.bytes = bytes;
    return file;
}

struct FileBehind {
    File file;
    bool can_follow = false;
};

// Its bytes and whether it can follow, then the columns of a file.
Result<FileBehind> read_behind(Row row) {
    FileBehind behind;
    const auto bytes = row.unsigned_integer();
    behind.can_follow = row.integer() != 0;
    TRY_ASSIGN(behind.file, read_file(row));
    behind.file.bytes = bytes;
    return behind;
}

Error wrong_state(FileId file, FileState state) {
    if (state == FileState::writing) {
        return Error(Code::conflict, fmt::format("file {} still takes rows", to_string(file)));
    }
    return Error(Code::conflict, fmt::format("file {} is {}", to_string(file), to_string(state)));
}

// Refuses to call rows imported that never reached staging.
Result<void> require_all_uploaded(Database& database, FileId file) {
    TRY_ASSIGN(const auto missing,
               database.number("SELECT slices - (SELECT count(*) FROM slices WHERE file = f.id"
                               " AND state = 'uploaded') FROM files AS f WHERE id = ?1",
                               to_string(file)));
    if (missing == 0) return {};
    return Error(Code::conflict, fmt::format("file {} cannot be imported: {} of its slices are not "
                                             "uploaded",
                                             to_string(file), missing));
}

// Adds the uploaded slices of a file to what its sink has in the target, without refused rows.
Result<void> add_to_totals(Database& database, FileId file) {
    TRY(
        database.run("INSERT INTO target_totals"
                     " (sink, rows, csv_bytes, staged_bytes, first_at, last_at)"
                     " SELECT sink, sum(rows)"
                     " - (SELECT count(*) FROM refused_rows WHERE file = ?1), sum(bytes)"
                     " - (SELECT coalesce(sum(bytes), 0) FROM refused_rows WHERE file = ?1),"
                     " sum(staged_bytes), min(first_at),"
                     " max(last_at) FROM slices WHERE file = ?1 AND rows > 0 GROUP BY sink"
                     " ON CONFLICT (sink) DO UPDATE SET rows = rows + excluded.rows,"
                     " csv_bytes = csv_bytes + excluded.csv_bytes,"
                     " staged_bytes = staged_bytes + excluded.staged_bytes,"
                     " first_at = min(first_at, excluded.first_at),"
                     " last_at = max(last_at, excluded.last_at)",
                     to_string(file)));
    return {};
}

// Nothing of a load comes any more whose file is discarded: its label is free. A part of an upload
// keeps its place in the stream, as those behind it have theirs.
Result<void> abort_load_of(Database& database, const std::string& file) {
    TRY(
        database.run("UPDATE loads SET state = 'aborted', reason = 'its rows were discarded; ' ||"
                     " (SELECT aside_reason FROM files WHERE id = ?1)"
                     " WHERE number = (SELECT load FROM files WHERE id = ?1)"
                     " AND state = 'committed' AND substr(label, 1, length(?2)) <> ?2",
                     file, std::string(kUploadPartLabel)));
    return {};
}

Result<void> write_imported(Database& database, FileId file, const Instant& now) {
    const auto id = to_string(file);
    TRY_ASSIGN(const auto state, require_file(database, file));
    if (state == FileState::imported) return {};
    if (state != FileState::closing && state != FileState::importing) {
        return wrong_state(file, state);
    }
    TRY(require_all_uploaded(database, file));
    TRY(add_to_totals(database, file));
    TRY(reject_refused_rows(database, file));
    TRY(database.run("UPDATE slices SET state = 'imported' WHERE file = ?1", id));
    TRY(
        database.run("UPDATE files SET state = 'imported', imported_at = ?2, imported_age = ?3,"
                     " retry_attempt = 0, retry_reason = '', retry_after = 0 WHERE id = ?1",
                     id, now.wall.unix_ms, now.age.ms));
    return {};
}

}  // namespace

Result<void> FileTables::close_file(const OpenFile& file) {
    return connections_.write([&](Database& database) { return write_closed(database, file); });
}

Result<std::optional<File>> FileTables::find_file(FileId file) {
    return connections_.read([&](Database& database) -> Result<std::optional<File>> {
        TRY_ASSIGN(auto query, database.query(select_one(), to_string(file)));
        return read_one<File>(std::move(query), read_file);
    });
}

Result<std::vector<OpenFile>> FileTables::writing_files(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<std::vector<OpenFile>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT f.id, f.sink, f.mapping, f.opened_at, count(s.id),"
                                  " coalesce(sum(s.rows), 0), coalesce(sum(s.bytes), 0), f.volume"
                                  " FROM files AS f LEFT JOIN slices AS s ON s.file = f.id"
                                  " WHERE f.state = 'writing' AND f.volume = ?1"
                                  " GROUP BY f.opened_at, f.id ORDER BY f.opened_at, f.id",
                                  volume.value));
        return read_all<OpenFile>(std::move(query), read_writing_file);
    });
}

Result<std::vector<File>> FileTables::files_to_import(WallTime now, std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<File>> {
        TRY_ASSIGN(auto query, database.query(files_to_import_sql(), now.unix_ms, limit,
                                              (now + kRetryAheadMax).unix_ms));
        return read_all<File>(std::move(query), read_due_file);
    });
}

Result<std::vector<File>> FileTables::files_behind(const File& first, WallTime now,
                                                   std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<File>> {
        TRY_ASSIGN(auto query, database.query(files_behind_sql(), now.unix_ms, limit,
                                              (now + kRetryAheadMax).unix_ms, to_string(first.id)));
        TRY_ASSIGN(const auto waiting, read_all<FileBehind>(std::move(query), read_behind));
        std::vector<File> behind;
        for (const auto& next : waiting) {
            if (!next.can_follow) break;
            behind.push_back(next.file);
        }
        return behind;
    });
}

Result<void> FileTables::mark_importing(FileId file) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        if (state == FileState::importing || state == FileState::imported) return {};
        if (state != FileState::closing) return wrong_state(file, state);
        TRY(database.run("UPDATE files SET state = 'importing' WHERE id = ?1", to_string(file)));
        return {};
    });
}

Result<void> FileTables::set_aside(FileId file, const std::string& reason, WallTime now) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        if (state == FileState::set_aside) return {};
        if (state != FileState::closing && state != FileState::importing) {
            return wrong_state(file, state);
        }
        TRY(
            database.run("UPDATE files SET state = 'setAside', aside_reason = ?2, aside_at = ?3"
                         " WHERE id = ?1",
                         to_string(file), reason, now.unix_ms));
        return {};
    });
}

Result<void> FileTables::set_slices_aside(const SplitFile& split) {
    const auto id = to_string(split.file);
    const auto part = to_string(split.part);
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, split.file));
        if (state != FileState::closing && state != FileState::importing) {
            return wrong_state(split.file, state);
        }
        TRY(database.run(
            "INSERT INTO files (id, sink, mapping, state, opened_at, slices, volume,"
            " line, turn, aside_reason, aside_at, whole)"
            " SELECT ?2, sink, mapping, 'setAside', opened_at, ?3, volume, line, turn,"
            " ?4, ?5, iif(whole = '', id, whole) FROM files"
            " WHERE id = ?1 AND load = 0 AND slices > ?3",
            id, part, std::uint64_t{split.slices.size()}, split.reason, split.now.unix_ms));
        bool fits = database.changes() == 1;
        for (const auto& slice : split.slices) {
            TRY_ASSIGN(const auto moved,
                       database.run("UPDATE slices SET file = ?3 WHERE id = ?2 AND file = ?1", id,
                                    to_string(slice), part));
            fits = fits && moved == 1;
            TRY(database.run("UPDATE refused_rows SET file = ?3 WHERE slice = ?2 AND file = ?1", id,
                             to_string(slice), part));
        }
        if (!fits) {
            return Error(Code::conflict,
                         fmt::format("these are not some of the slices of file {}, or it is of a "
                                     "load: set it aside as a whole",
                                     id));
        }
        TRY(
            database.run("UPDATE files SET slices = slices - ?2, state = 'closing',"
                         " retry_attempt = 0, retry_reason = '', retry_after = 0,"
                         " whole = iif(whole = '', id, whole) WHERE id = ?1",
                         id, std::uint64_t{split.slices.size()}));
        return {};
    });
}

Result<void> FileTables::restore_file(FileId file, KnownKeys known) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        if (state == FileState::writing || state == FileState::discarded) {
            return wrong_state(file, state);
        }
        TRY(
            database.run("UPDATE files SET state = 'closing', aside_reason = '', aside_at = NULL,"
                         " retry_attempt = 0, retry_reason = '', retry_after = 0,"
                         " keeps_known_keys = ?2 WHERE id = ?1 AND state = 'setAside'",
                         to_string(file), known == KnownKeys::keep));
        return {};
    });
}

Result<void> FileTables::discard_file(FileId file) {
    const auto id = to_string(file);
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        if (state == FileState::discarded) return {};
        if (state != FileState::set_aside) return wrong_state(file, state);
        TRY(forget_refused_rows(database, file));
        TRY(abort_load_of(database, id));
        TRY(database.run("UPDATE slices SET state = 'discarded' WHERE file = ?1", id));
        TRY(
            database.run("UPDATE files SET state = 'discarded', retry_attempt = 0,"
                         " retry_reason = '', retry_after = 0 WHERE id = ?1",
                         id));
        return {};
    });
}

Result<void> FileTables::mark_imported(FileId file, const Instant& now) {
    return connections_.write(
        [&](Database& database) { return write_imported(database, file, now); });
}

Result<void> FileTables::mark_all_imported(const std::vector<FileId>& files, const Instant& now) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& file : files) TRY(write_imported(database, file, now));
        return {};
    });
}

Result<void> FileTables::retry_file(FileId file, const Retry& retry) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY(require_file(database, file));
        TRY(
            database.run("UPDATE files SET retry_attempt = ?2, retry_reason = ?3,"
                         " retry_after = ?4 WHERE id = ?1",
                         to_string(file), retry.attempt, retry.reason, retry.after.unix_ms));
        return {};
    });
}

Result<std::vector<File>> FileTables::forgettable_files(const VolumeId& volume, AgeTime before,
                                                        Sequence checkpointed,
                                                        std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<File>> {
        TRY_ASSIGN(auto query, database.query(select_forgettable(), before.ms, checkpointed.value,
                                              limit, volume.value));
        return read_all<File>(std::move(query), read_file);
    });
}

Result<void> FileTables::delete_imported(const std::vector<File>& files) {
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto& file : files) {
            const auto id = to_string(file.id);
            TRY(database.run("DELETE FROM slices WHERE file = ?1 AND state = 'imported'", id));
            TRY(database.run("DELETE FROM files WHERE id = ?1 AND state = 'imported'", id));
        }
        return {};
    });
}

}  // namespace millrace::catalog
