#include "storage/catalog/loads.h"

#include <cstdint>

#include "core/base/check.h"
#include "core/base/error_names.h"
#include "core/model/upload_labels.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/json.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/table_numbers.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

constexpr std::string_view kColumns =
    "number, project, branch, label, table_id, owner, mapping, volume, state, rows, bytes,"
    " filtered, unselected, open_for, prepared_for, kept_for, info, reason, file, begun_at,"
    " ended_at, until";

Result<Load> read_load(Row row) {
    Load load;
    load.number = LoadNumber(row.unsigned_integer());
    load.scope.project = ProjectId(row.unsigned32());
    load.scope.branch = BranchId(row.unsigned32());
    load.label = row.text();
    TRY_ASSIGN(load.table, TableId::parse(row.text()));
    load.owner.sink = SinkNumber(row.unsigned_integer());
    load.owner.mapping = MappingVersion(row.unsigned32());
    load.volume = VolumeId(row.text());
    const auto state = row.text();
    const auto known = load_state_from(state);
    if (!known) {
        return Error(Code::corrupt, fmt::format("a load in the catalog is \"{}\"", state));
    }
    load.state = *known;
    load.counts.rows = row.unsigned_integer();
    load.counts.bytes = row.unsigned_integer();
    load.counts.filtered = row.unsigned_integer();
    load.counts.unselected = row.unsigned_integer();
    load.times.open = Milliseconds(row.integer());
    load.times.prepared = Milliseconds(row.integer());
    load.times.ended = Milliseconds(row.integer());
    load.info = row.text();
    load.reason = row.text();
    if (row.next_is_null()) {
        row.skip();
    } else {
        TRY_ASSIGN(load.file, read_file_id(row));
    }
    load.begun_at = WallTime{row.integer()};
    if (const auto ended_at = row.optional_integer()) load.ended_at = WallTime{*ended_at};
    load.until = AgeTime{row.integer()};
    return load;
}

Result<std::optional<Load>> find(Database& database, LoadNumber load) {
    static const auto sql = fmt::format("SELECT {} FROM loads WHERE number = ?1", kColumns);
    TRY_ASSIGN(auto query, database.query(sql, load.value));
    return read_one<Load>(std::move(query), read_load);
}

Result<Load> require(Database& database, LoadNumber load) {
    TRY_ASSIGN(auto found, find(database, load));
    if (found) return std::move(*found);
    return Error(Code::not_found, fmt::format("There is no load {}.", load.value))
        .named(error_names::kLoadNotFound);
}

// What ended it.
Error ended(const Load& load) {
    if (load.state == LoadState::committed) {
        return Error(Code::conflict, fmt::format("Load {} is committed.", load.number.value))
            .named(error_names::kLoadAlreadyCommitted);
    }
    return Error(Code::conflict,
                 fmt::format("Load {} is aborted: {}.", load.number.value, load.reason))
        .named(error_names::kLoadAlreadyAborted);
}

Result<Load> require_open(Database& database, LoadNumber number) {
    TRY_ASSIGN(auto load, require(database, number));
    if (load.has_ended()) return ended(load);
    if (load.state == LoadState::open) return load;
    return Error(Code::conflict, fmt::format("Load {} is {} and takes no more rows.", number.value,
                                             to_string(load.state)))
        .named(error_names::kLoadNotOpen);
}

// Written or prepared.
Result<Load> require_whole(Database& database, LoadNumber number) {
    TRY_ASSIGN(auto load, require(database, number));
    if (load.has_ended()) return ended(load);
    if (load.state != LoadState::open) return load;
    return Error(Code::conflict, fmt::format("Load {} still takes rows.", number.value))
        .named(error_names::kLoadNotWritten);
}

// The newest snapshot of the table, if it is the one of the load; else a new one.
Result<SinkVersion> owner_of(Database& database, const LoadSpec& spec) {
    TRY_ASSIGN(const auto number,
               number_of_table(
                   database, {.project = spec.scope.project,
                              .branch = spec.scope.branch,
                              .table = {.target = spec.table.target, .table = spec.table.table}}));
    const auto snapshot = encode(spec.table);
    TRY_ASSIGN(const auto newest,
               database.number("SELECT coalesce(max(version), 0) FROM mappings WHERE sink = ?1",
                               number.value));
    TRY_ASSIGN(const auto is_same,
               database.number("SELECT EXISTS (SELECT 1 FROM mappings WHERE sink = ?1"
                               " AND version = ?2 AND snapshot = ?3)",
                               number.value, newest, snapshot));
    const auto version = static_cast<std::uint32_t>(is_same != 0 ? newest : newest + 1);
    if (is_same == 0) {
        TRY(database.run("INSERT INTO mappings (sink, version, snapshot) VALUES (?1, ?2, ?3)",
                         number.value, version, snapshot));
    }
    return SinkVersion{.sink = number, .mapping = MappingVersion(version)};
}

Result<void> require_active(Database& database, const VolumeId& volume) {
    TRY_ASSIGN(const auto ended, database.number("SELECT count(*) FROM volumes WHERE volume = ?1"
                                                 " AND state <> 'active'",
                                                 volume.value));
    if (ended == 0) return {};
    return Error(Code::unavailable, fmt::format("volume {} has ended; try again", volume.value));
}

Result<void> require_table_stays(Database& database, SinkNumber table, const TableId& id) {
    TRY_ASSIGN(const auto goes, database.number("SELECT count(*) FROM tables WHERE number = ?1"
                                                " AND is_being_dropped",
                                                table.value));
    if (goes == 0) return {};
    return Error(Code::conflict, fmt::format("Table \"{}\" is being dropped.", id.text()))
        .named(error_names::kLoadTableDropped);
}

Result<LoadNumber> insert(Database& database, const LoadSpec& spec, const Instant& now) {
    TRY_ASSIGN(const auto owner, owner_of(database, spec));
    TRY(require_table_stays(database, owner.sink, spec.table.table));
    TRY(database.run(
        "INSERT INTO loads (project, branch, label, table_id, owner, mapping, volume,"
        " state, open_for, prepared_for, kept_for, info, begun_at, until)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8, ?9, ?10, ?11, ?12, ?13)",
        spec.scope.project.value, spec.scope.branch.value, spec.label, spec.table.table.text(),
        owner.sink.value, owner.mapping.value, spec.volume.value, spec.times.open.count(),
        spec.times.prepared.count(), spec.times.ended.count(), spec.info, now.wall.unix_ms,
        (now.age + spec.times.open).ms));
    TRY_ASSIGN(const auto number,
               database.number("SELECT seq FROM sqlite_sequence WHERE name = 'loads'"));
    return LoadNumber(static_cast<std::uint64_t>(number));
}

Result<std::optional<Load>> find_label(Database& database, const LoadScope& scope,
                                       const std::string& label) {
    static const auto sql = fmt::format(
        "SELECT {} FROM loads WHERE project = ?1 AND branch = ?2 AND label = ?3"
        " ORDER BY state = 'aborted', number DESC LIMIT 1",
        kColumns);
    TRY_ASSIGN(auto query, database.query(sql, scope.project.value, scope.branch.value, label));
    return read_one<Load>(std::move(query), read_load);
}

Error other_slice(LoadNumber load, std::uint32_t part) {
    return Error(Code::conflict,
                 fmt::format("part {} of load {} is another slice", part, load.value));
}

// Whether the part is announced already, with this slice.
Result<bool> is_announced(Database& database, LoadNumber load, std::uint32_t part, SliceId slice) {
    TRY_ASSIGN(auto query, database.query("SELECT id FROM announced_slices WHERE load = ?1"
                                          " AND part = ?2",
                                          load.value, part));
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return false;
    auto row = query.row();
    TRY_ASSIGN(const auto known, read_slice_id(row));
    if (known != slice) return other_slice(load, part);
    return true;
}

// Pairs with what the writer has counted.
Result<void> require_parts(Database& database, LoadNumber load, const LoadCounts& counts) {
    TRY_ASSIGN(auto query, database.query("SELECT coalesce(sum(rows), 0), coalesce(sum(bytes), 0),"
                                          " count(*) FROM announced_slices WHERE load = ?1"
                                          " AND is_adopted",
                                          load.value));
    TRY(query->step());
    auto row = query.row();
    const auto rows = row.unsigned_integer();
    const auto bytes = row.unsigned_integer();
    const auto adopted = row.integer();
    TRY_ASSIGN(const auto parts, database.number("SELECT count(*) FROM announced_slices"
                                                 " WHERE load = ?1",
                                                 load.value));
    if (rows == counts.rows && bytes == counts.bytes && adopted == parts) return {};
    return Error(Code::conflict,
                 fmt::format("load {} has {} rows in {} of {} parts, {} were written", load.value,
                             rows, adopted, parts, counts.rows));
}

// Of its first part, with other random bits: no slice has the same. Where a backup was restored,
// and the load is committed again, its rows come once.
Result<FileId> id_of_prepared(Database& database, const Load& load) {
    TRY_ASSIGN(auto query, database.query("SELECT id FROM announced_slices WHERE load = ?1"
                                          " ORDER BY part LIMIT 1",
                                          load.number.value));
    TRY_ASSIGN(const bool found, query->step());
    auto id = found ? parse_uuid(query.row().text()) : std::nullopt;
    if (!id) return Error(Code::corrupt, "a load with rows has no part");
    for (const std::size_t place : {11U, 12U, 13U, 14U, 15U}) {
        id->bytes.at(place) = static_cast<std::uint8_t>(~id->bytes.at(place));
    }
    return FileId(*id);
}

// The parts become slices of a closed file.
Result<void> make_known(Database& database, const Load& load, FileId id, const Instant& now) {
    TRY_ASSIGN(const auto parts,
               database.number("SELECT count(*) FROM announced_slices WHERE load = ?1",
                               load.number.value));
    OpenFile file;
    file.id = id;
    file.sink = load.owner;
    file.opened_at = now.wall;
    file.slices = static_cast<std::uint32_t>(parts);
    file.volume = load.volume;
    TRY(insert_file(database, file, FileState::closing));
    TRY(database.run("UPDATE files SET load = ?2 WHERE id = ?1", to_string(id), load.number.value));
    TRY(take_turn(database, file));
    TRY(
        database.run("INSERT INTO slices (id, file, sink, mapping, opened_at, bytes, rows, crc,"
                     " first_at, last_at, last_sequence, volume, first_batch, last_batch, state)"
                     " SELECT id, ?2, ?3, ?4, ?5, bytes, rows, crc, first_at, last_at, 0, volume,"
                     " 0, 0, 'closing' FROM announced_slices WHERE load = ?1",
                     load.number.value, to_string(id), load.owner.sink.value,
                     load.owner.mapping.value, now.wall.unix_ms));
    TRY(database.run("DELETE FROM announced_slices WHERE load = ?1", load.number.value));
    TRY(database.run("UPDATE loads SET file = ?2 WHERE number = ?1", load.number.value,
                     to_string(id)));
    return {};
}

struct Parts {
    std::int64_t all = 0;
    std::int64_t imported = 0;
};

// Of an upload into a standalone table, of which `load` is the operation: those that are committed.
// What is begun after an operation was cancelled is of another attempt.
Result<Parts> parts_of(Database& database, const Load& load) {
    const auto query_id = load.label.substr(kUploadLabel.size());
    const auto first = std::string(kUploadPartLabel) + query_id + "/";
    const auto beyond = std::string(kUploadPartLabel) + query_id + "0";  // which is behind "/"
    const bool is_bounded = load.state == LoadState::aborted && load.ended_at;
    TRY_ASSIGN(auto query,
               database.query("SELECT count(*), coalesce(sum(coalesce((SELECT state = 'imported'"
                              " FROM files WHERE id = l.file), 1)), 0) FROM loads AS l"
                              " WHERE project = ?1 AND branch = ?2 AND label > ?3 AND label < ?4"
                              " AND substr(label, length(?3) + 1) NOT GLOB '*[^0-9]*'"
                              " AND state = 'committed' AND begun_at <= ?5",
                              load.scope.project.value, load.scope.branch.value, first, beyond,
                              is_bounded ? load.ended_at->unix_ms : INT64_MAX));
    TRY(query->step());
    auto row = query.row();
    Parts parts;
    parts.all = row.integer();
    parts.imported = row.integer();
    return parts;
}

Result<void> set_state(Database& database, LoadNumber load, LoadState state, AgeTime until) {
    TRY(database.run("UPDATE loads SET state = ?2, until = ?3 WHERE number = ?1", load.value,
                     to_string(state), until.ms));
    return {};
}

Result<void> set_ended(Database& database, const Load& load, LoadState state,
                       std::string_view reason, const Instant& now) {
    TRY(set_state(database, load.number, state, now.age + load.times.ended));
    TRY(database.run("UPDATE loads SET reason = ?2, ended_at = ?3 WHERE number = ?1",
                     load.number.value, reason, now.wall.unix_ms));
    return {};
}

Result<std::vector<LoadNumber>> read_numbers(sqlite::Query query) {
    return read_all<LoadNumber>(std::move(query), [](Row row) -> Result<LoadNumber> {
        return LoadNumber(row.unsigned_integer());
    });
}

Result<std::uint64_t> abort_all(Database& database, const std::vector<LoadNumber>& loads,
                                std::string_view reason, const Instant& now) {
    for (const auto number : loads) {
        TRY_ASSIGN(const auto load, require(database, number));
        TRY(set_ended(database, load, LoadState::aborted, reason, now));
    }
    return std::uint64_t{loads.size()};
}

}  // namespace

Result<Loads::Begun> Loads::begin_load(const LoadSpec& spec, const Instant& now) {
    check(!spec.label.empty(), "a load needs a label");
    return connections_.write([&](Database& database) -> Result<Begun> {
        TRY_ASSIGN(auto first, find_label(database, spec.scope, spec.label));
        if (first && first->state != LoadState::aborted) {
            return Begun{.load = std::move(*first), .is_new = false};
        }
        TRY(require_active(database, spec.volume));
        TRY_ASSIGN(const auto number, insert(database, spec, now));
        TRY_ASSIGN(auto load, require(database, number));
        return Begun{.load = std::move(load), .is_new = true};
    });
}

Result<void> Loads::announce_part(LoadNumber number, std::uint32_t part, SliceId slice) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto load, require_open(database, number));
        TRY_ASSIGN(const bool is_known, is_announced(database, number, part, slice));
        if (is_known) return {};
        TRY(require_active(database, load.volume));
        TRY(
            database.run("INSERT INTO announced_slices (id, volume, load, part)"
                         " VALUES (?1, ?2, ?3, ?4)",
                         to_string(slice), load.volume.value, number.value, part));
        return {};
    });
}

Result<void> Loads::adopt_part(LoadNumber number, std::uint32_t part, SliceId slice,
                               const SliceContent& content) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY(require_open(database, number));
        TRY_ASSIGN(const bool is_known, is_announced(database, number, part, slice));
        if (!is_known) {
            return Error(Code::not_found,
                         fmt::format("part {} of load {} is not announced", part, number.value));
        }
        TRY(
            database.run("UPDATE announced_slices SET is_adopted = 1, bytes = ?3, rows = ?4,"
                         " crc = ?5, first_at = ?6, last_at = ?7 WHERE load = ?1 AND part = ?2",
                         number.value, part, content.bytes, content.rows, content.crc,
                         content.first_at.unix_ms, content.last_at.unix_ms));
        return {};
    });
}

Result<Load> Loads::finish_load(LoadNumber number, const LoadCounts& counts, const Instant& now) {
    return connections_.write_unsynced([&](Database& database) -> Result<Load> {
        TRY_ASSIGN(auto load, require(database, number));
        if (load.state == LoadState::written && load.counts == counts) return load;
        TRY(require_open(database, number));
        TRY(require_parts(database, number, counts));
        TRY(set_state(database, number, LoadState::written, now.age + load.times.open));
        TRY(database.run(
            "UPDATE loads SET rows = ?2, bytes = ?3, filtered = ?4, unselected = ?5"
            " WHERE number = ?1",
            number.value, counts.rows, counts.bytes, counts.filtered, counts.unselected));
        return require(database, number);
    });
}

Result<Load> Loads::prepare_load(LoadNumber number, const Instant& now) {
    return connections_.write([&](Database& database) -> Result<Load> {
        TRY_ASSIGN(auto load, require_whole(database, number));
        if (load.state == LoadState::prepared) return load;
        TRY(set_state(database, number, LoadState::prepared, now.age + load.times.prepared));
        return require(database, number);
    });
}

Result<Load> Loads::commit_load(LoadNumber number, FileId file, const Instant& now) {
    auto committed = connections_.write([&](Database& database) -> Result<Load> {
        TRY_ASSIGN(const auto load, require_whole(database, number));
        if (load.counts.rows > 0) {
            TRY_ASSIGN(const auto id, load.state == LoadState::prepared
                                          ? id_of_prepared(database, load)
                                          : Result<FileId>(file));
            TRY(make_known(database, load, id, now));
        }
        TRY(set_ended(database, load, LoadState::committed, "", now));
        return require(database, number);
    });
    if (committed.ok()) {
        committed_.fetch_add(1, std::memory_order_relaxed);
        rows_.fetch_add(committed.value().counts.rows, std::memory_order_relaxed);
    }
    return committed;
}

Result<Load> Loads::abort_load(LoadNumber number, std::string_view reason, const Instant& now) {
    auto aborted = connections_.write([&](Database& database) -> Result<Load> {
        TRY_ASSIGN(const auto load, require(database, number));
        if (load.has_ended()) return ended(load);
        TRY(set_ended(database, load, LoadState::aborted, reason, now));
        return require(database, number);
    });
    if (aborted.ok()) aborted_.fetch_add(1, std::memory_order_relaxed);
    return aborted;
}

Result<Load> Loads::take_back_load(FileId file, std::string_view reason, const Instant& now) {
    const auto id = to_string(file);
    auto aborted = connections_.write([&](Database& database) -> Result<Load> {
        TRY_ASSIGN(const auto state, require_file(database, file));
        TRY_ASSIGN(const auto number, database.number("SELECT load FROM files WHERE id = ?1", id));
        TRY_ASSIGN(const auto load,
                   require(database, LoadNumber(static_cast<std::uint64_t>(number))));
        if (state == FileState::discarded && load.state == LoadState::aborted) return load;
        if (state != FileState::closing && state != FileState::importing) {
            return Error(Code::conflict, fmt::format("file {} of load {} is {}", id,
                                                     load.number.value, to_string(state)));
        }
        TRY(set_ended(database, load, LoadState::aborted, reason, now));
        TRY(database.run("UPDATE slices SET state = 'discarded' WHERE file = ?1", id));
        TRY(
            database.run("UPDATE files SET state = 'discarded', retry_attempt = 0,"
                         " retry_reason = '', retry_after = 0 WHERE id = ?1",
                         id));
        return require(database, load.number);
    });
    if (aborted.ok()) aborted_.fetch_add(1, std::memory_order_relaxed);
    return aborted;
}

Result<std::uint64_t> Loads::abort_unprepared(std::string_view reason, const Instant& now) {
    auto aborted = connections_.write([&](Database& database) -> Result<std::uint64_t> {
        TRY_ASSIGN(auto query, database.query("SELECT number FROM loads"
                                              " WHERE state IN ('open', 'written')"));
        TRY_ASSIGN(const auto loads, read_numbers(std::move(query)));
        return abort_all(database, loads, reason, now);
    });
    if (aborted.ok()) aborted_.fetch_add(aborted.value(), std::memory_order_relaxed);
    return aborted;
}

Result<Loads::Expired> Loads::expire_loads(const Instant& now, std::uint32_t limit) {
    auto done = connections_.write([&](Database& database) -> Result<Expired> {
        TRY_ASSIGN(auto late, database.query("SELECT number FROM loads"
                                             " WHERE state IN ('open', 'written', 'prepared')"
                                             " AND until <= ?1 ORDER BY until LIMIT ?2",
                                             now.age.ms, limit));
        TRY_ASSIGN(const auto loads, read_numbers(std::move(late)));
        Expired expired;
        TRY_ASSIGN(expired.aborted, abort_all(database, loads, "timeout", now));
        // Not while a file of it is left, or its rows wait or are set aside.
        TRY_ASSIGN(
            expired.forgotten,
            database.run("DELETE FROM loads WHERE number IN (SELECT number FROM loads AS l"
                         " WHERE state IN ('committed', 'aborted') AND until <= ?1"
                         " AND NOT EXISTS (SELECT 1 FROM announced_slices WHERE load = l.number)"
                         " AND NOT EXISTS (SELECT 1 FROM files WHERE id = l.file"
                         " AND state NOT IN ('imported', 'discarded')) ORDER BY until LIMIT ?2)",
                         now.age.ms, limit));
        return expired;
    });
    if (done.ok()) aborted_.fetch_add(done.value().aborted, std::memory_order_relaxed);
    return done;
}

Result<std::optional<Load>> Loads::find_load(LoadNumber load) {
    return connections_.read([&](Database& database) { return find(database, load); });
}

Result<std::optional<Load>> Loads::find_load(const LoadScope& scope, const std::string& label) {
    return connections_.read(
        [&](Database& database) { return find_label(database, scope, label); });
}

Result<std::vector<Load>> Loads::loads(const LoadScope& scope, LoadNumber after,
                                       std::uint32_t limit) {
    static const auto sql = fmt::format(
        "SELECT {} FROM loads WHERE project = ?1 AND branch = ?2 AND number > ?3"
        " ORDER BY number LIMIT ?4",
        kColumns);
    return connections_.read([&](Database& database) -> Result<std::vector<Load>> {
        TRY_ASSIGN(auto query, database.query(sql, scope.project.value, scope.branch.value,
                                              after.value, limit));
        return read_all<Load>(std::move(query), read_load);
    });
}

Result<std::uint64_t> Loads::count_loads(const LoadScope& scope) {
    return connections_.read([&](Database& database) -> Result<std::uint64_t> {
        TRY_ASSIGN(const auto count, database.number("SELECT count(*) FROM loads"
                                                     " WHERE project = ?1 AND branch = ?2",
                                                     scope.project.value, scope.branch.value));
        return static_cast<std::uint64_t>(count);
    });
}

Result<bool> Loads::is_imported(const Load& load) {
    if (!load.file && load.label.starts_with(kUploadLabel)) {
        TRY_ASSIGN(const auto parts,
                   connections_.read([&](Database& database) { return parts_of(database, load); }));
        if (parts.all > 0) return parts.imported == parts.all;
    }
    if (load.state != LoadState::committed) return false;
    if (!load.file) return true;
    return connections_.read([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(const auto waiting, database.number("SELECT count(*) FROM files WHERE id = ?1"
                                                       " AND state <> 'imported'",
                                                       to_string(*load.file)));
        return waiting == 0;
    });
}

Result<std::vector<LocalSlice>> Loads::leftover_parts(bool of_writers, const SliceId& after,
                                                      std::uint32_t limit) {
    return connections_.read([&](Database& database) -> Result<std::vector<LocalSlice>> {
        TRY_ASSIGN(auto query, database.query("SELECT a.volume, a.id FROM announced_slices AS a"
                                              " JOIN loads AS l ON l.number = a.load"
                                              " WHERE l.state = 'aborted' AND (a.is_adopted OR ?1)"
                                              " AND a.id > ?2 ORDER BY a.id LIMIT ?3",
                                              of_writers, to_string(after), limit));
        return read_all<LocalSlice>(std::move(query), read_local_slice);
    });
}

Result<bool> Loads::has_leftover_parts(LoadNumber load) {
    return connections_.read([&](Database& database) -> Result<bool> {
        TRY_ASSIGN(const auto is_left,
                   database.number("SELECT EXISTS (SELECT 1 FROM announced_slices AS a"
                                   " JOIN loads AS l ON l.number = a.load"
                                   " WHERE l.state = 'aborted' AND l.number = ?1)",
                                   load.value));
        return is_left != 0;
    });
}

Result<std::vector<LoadRows>> Loads::rows_under_way() {
    return connections_.read([](Database& database) -> Result<std::vector<LoadRows>> {
        TRY_ASSIGN(auto query, database.query("SELECT owner, mapping, sum(rows) FROM loads"
                                              " WHERE state IN ('open', 'written', 'prepared')"
                                              " GROUP BY owner, mapping"));
        return read_all<LoadRows>(std::move(query), [](Row row) -> Result<LoadRows> {
            LoadRows rows;
            rows.owner.sink = SinkNumber(row.unsigned_integer());
            rows.owner.mapping = MappingVersion(row.unsigned32());
            rows.rows = row.unsigned_integer();
            return rows;
        });
    });
}

Result<LoadTotals> Loads::totals() {
    LoadTotals totals;
    totals.committed = committed_.load(std::memory_order_relaxed);
    totals.aborted = aborted_.load(std::memory_order_relaxed);
    totals.rows = rows_.load(std::memory_order_relaxed);
    return connections_.read([&](Database& database) -> Result<LoadTotals> {
        TRY_ASSIGN(auto under_way,
                   database.query("SELECT coalesce(sum(state <> 'prepared'), 0),"
                                  " coalesce(sum(state = 'prepared'), 0) FROM loads"
                                  " WHERE state IN ('open', 'written', 'prepared')"));
        TRY(under_way->step());
        auto counted = under_way.row();
        totals.open = counted.unsigned_integer();
        totals.prepared = counted.unsigned_integer();
        TRY_ASSIGN(auto query,
                   database.query("SELECT count(*), coalesce(sum((SELECT rows FROM loads"
                                  " WHERE number = f.load)), 0) FROM files AS f"
                                  " WHERE load > 0"
                                  " AND state NOT IN ('imported', 'discarded')"));
        TRY(query->step());
        auto row = query.row();
        totals.waiting = row.unsigned_integer();
        totals.waiting_rows = row.unsigned_integer();
        return totals;
    });
}

Result<void> Loads::forget_part(SliceId slice) {
    return connections_.write_unsynced([&](Database& database) -> Result<void> {
        TRY(database.run("DELETE FROM announced_slices WHERE id = ?1 AND load IS NOT NULL",
                         to_string(slice)));
        return {};
    });
}

}  // namespace millrace::catalog
