#include "storage/catalog/registered_volumes.h"

#include <algorithm>

#include "core/model/volume_setting.h"
#include "storage/catalog/file_catalog_rows.h"
#include "storage/catalog/lost_batches.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/start_records.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

// A life never gives more numbers than that.
constexpr std::uint64_t kNumbersOfALife = std::uint64_t{1} << 40;

constexpr std::string_view kSelect =
    "SELECT volume, uuid, name, former_name, renamed_at, state, since, first_seen, directory, "
    "last_batch, confirmed_life,"
    " begun_life, sealed, given_up_files, given_up_slices, given_up_rows,"
    " given_up_key_sources FROM volumes ";

const std::string& select_all() {
    static const auto sql =
        fmt::format("{} ORDER BY name, state <> 'active', since, volume", kSelect);
    return sql;
}
const std::string& select_one() {
    static const auto sql = fmt::format("{} WHERE volume = ?1", kSelect);
    return sql;
}

Result<VolumeRecord> read_volume(Row row) {
    VolumeRecord record;
    record.volume = VolumeId(row.text());
    const auto uuid = row.optional_text();
    if (uuid) {
        record.uuid = parse_uuid(*uuid);
        if (!record.uuid) {
            return Error(Code::corrupt, "the id of volume " + record.volume.value + " is not one");
        }
    }
    record.name = row.text();
    record.former_name = row.text();
    record.renamed_at = WallTime{row.integer()};
    const auto state = row.text();
    const auto known = volume_state_from(state);
    if (!known) {
        return Error(Code::corrupt,
                     fmt::format("volume {} in the catalog is \"{}\"", record.volume.value, state));
    }
    record.state = *known;
    record.since = WallTime{row.integer()};
    record.first_seen = WallTime{row.integer()};
    record.directory = row.text();
    record.last_batch = BatchNumber(row.unsigned_integer());
    record.confirmed_life = row.unsigned_integer();
    record.begun_life = row.unsigned_integer();
    record.sealed = Sequence(row.unsigned_integer());
    record.given_up.files = row.unsigned_integer();
    record.given_up.slices = row.unsigned_integer();
    record.given_up.rows = row.unsigned_integer();
    record.given_up.key_sources = row.unsigned_integer();
    return record;
}

Result<std::optional<VolumeRecord>> find(Database& database, const VolumeId& volume) {
    TRY_ASSIGN(auto query, database.query(select_one(), volume.value));
    return read_one<VolumeRecord>(std::move(query), read_volume);
}

Result<VolumeRecord> require(Database& database, const VolumeId& volume) {
    TRY_ASSIGN(auto found, find(database, volume));
    if (found) return std::move(*found);
    return Error(Code::not_found, fmt::format("volume {} is not known", volume.value));
}

Result<std::int64_t> count(Database& database, const std::string& sql, const VolumeId& volume) {
    return database.number("SELECT count(*) FROM " + sql, volume.value);
}

// One that is not what the catalog knows by its VolumeId would take its place.
Result<void> refuse_stranger(const VolumeRecord& known, const VolumeRegistry::Opening& opening) {
    if (known.state != VolumeState::active) {
        return Error(Code::conflict, fmt::format("volume {} is {} since {}", known.name,
                                                 to_string(known.state), format_utc(known.since)));
    }
    if (known.uuid && *known.uuid != opening.uuid) {
        return Error(Code::conflict,
                     fmt::format("volume {} is {}, and not {} as before", known.name,
                                 to_string(opening.uuid), to_string(*known.uuid)));
    }
    return {};
}

Result<void> refuse_second_name(Database& database, const VolumeRegistry::Opening& opening) {
    TRY_ASSIGN(const auto others,
               database.number("SELECT count(*) FROM volumes WHERE volume <> ?1 AND"
                               " (uuid = ?2 OR (name = ?3 AND state = 'active'))",
                               opening.volume.value, to_string(opening.uuid), opening.name));
    if (others == 0) return {};
    return Error(Code::conflict, fmt::format("the volume {} is known by another name, or another "
                                             "one is called {}",
                                             to_string(opening.uuid), opening.name));
}

// So does a source whose rows it alone takes.
Result<void> refuse_pinned(Database& database, const VolumeRecord& record) {
    TRY_ASSIGN(auto query,
               database.query("SELECT id FROM sources WHERE deleted IS NULL AND"
                              " json_extract(settings, '$.\"source.volume\"') = ?1 ORDER BY id",
                              record.name));
    TRY_ASSIGN(const auto sources,
               read_all<SourceId>(std::move(query), [](Row row) -> Result<SourceId> {
                   return SourceId(row.text());
               }));
    if (sources.empty()) return {};
    return volume_is_pinned(record.name, sources);
}

// The setting means the volume, not its name: also in versions to which a source may go back.
Result<void> rename_pins(Database& database, const std::string& from, const std::string& to) {
    TRY(
        database.run("UPDATE sources SET settings ="
                     " json_set(settings, '$.\"source.volume\"', ?2)"
                     " WHERE json_extract(settings, '$.\"source.volume\"') = ?1",
                     from, to));
    TRY(
        database.run("UPDATE source_versions SET definition ="
                     " json_set(definition, '$.settings.\"source.volume\"', ?2)"
                     " WHERE json_extract(definition, '$.settings.\"source.volume\"') = ?1",
                     from, to));
    return {};
}

// What is neither imported nor discarded keeps a volume from being retired.
Result<void> refuse_waiting(Database& database, const VolumeRecord& record) {
    constexpr std::string_view kWaits = "volume = ?1 AND state NOT IN ('imported', 'discarded')";
    const auto& volume = record.volume;
    TRY_ASSIGN(const auto files, count(database, fmt::format("files WHERE {}", kWaits), volume));
    TRY_ASSIGN(const auto slices, count(database, fmt::format("slices WHERE {}", kWaits), volume));
    TRY_ASSIGN(
        const auto rows,
        database.number(fmt::format("SELECT coalesce(sum(rows), 0) FROM slices WHERE {}", kWaits),
                        volume.value));
    TRY_ASSIGN(const auto announced, count(database, "announced_slices WHERE volume = ?1", volume));
    if (files + slices + announced == 0) return {};
    return Error(Code::conflict,
                 fmt::format("volume {} cannot be retired yet: {} files and {} slices with {} rows "
                             "of it are not imported",
                             record.name, files, slices + announced, rows));
}

// Its keys are not missed any more.
Result<void> end(Database& database, const VolumeId& volume, VolumeState state, WallTime now) {
    TRY(database.run("DELETE FROM key_homes WHERE volume = ?1", volume.value));
    TRY(database.run("UPDATE volumes SET state = ?2, since = ?3 WHERE volume = ?1", volume.value,
                     to_string(state), now.unix_ms));
    return {};
}

// Of the slices that are only on the volume, and of the files that end without one of theirs.
Result<GivenUp> count_given_up(Database& database, const VolumeId& volume) {
    GivenUp given_up;
    TRY_ASSIGN(auto query,
               database.query("SELECT count(*), coalesce(sum(rows), 0) FROM slices"
                              " WHERE volume = ?1 AND state IN ('closing', 'uploading')",
                              volume.value));
    TRY(query->step());
    auto row = query.row();
    given_up.slices = row.unsigned_integer();
    given_up.rows = row.unsigned_integer();
    TRY_ASSIGN(
        const auto files,
        database.number("SELECT count(*) FROM files AS f WHERE volume = ?1 AND"
                        " (state = 'writing' OR (state IN ('closing', 'setAside') AND slices <>"
                        " (SELECT count(*) FROM slices WHERE file = f.id AND state ="
                        " 'uploaded')))",
                        volume.value));
    given_up.files = static_cast<std::uint64_t>(files);
    TRY_ASSIGN(const auto sources,
               database.number("SELECT count(*) FROM key_homes WHERE volume = ?1", volume.value));
    given_up.key_sources = static_cast<std::uint64_t>(sources);
    return given_up;
}

// Rows of a load are imported all together or not at all: one that has lost a slice loses all, and
// is aborted although it was committed. Its slices are given up with those that are only here.
Result<void> give_up_loads(Database& database, const VolumeId& volume, WallTime now) {
    constexpr std::string_view kTorn =
        "(SELECT f.id FROM files AS f WHERE f.volume = ?1 AND f.load > 0"
        " AND f.state IN ('closing', 'setAside') AND EXISTS (SELECT 1 FROM slices WHERE file = f.id"
        " AND state IN ('closing', 'uploading')))";
    TRY(database.run(fmt::format("UPDATE loads SET state = 'aborted', file = NULL, ended_at = ?2,"
                                 " reason = 'its volume is lost' WHERE file IN {}",
                                 kTorn),
                     volume.value, now.unix_ms));
    TRY(database.run(fmt::format("UPDATE slices SET state = 'closing' WHERE file IN {}", kTorn),
                     volume.value));
    return {};
}

Result<std::vector<OpenFile>> writing_files(Database& database, const VolumeId& volume) {
    TRY_ASSIGN(auto query, database.query("SELECT id, sink FROM files WHERE volume = ?1"
                                          " AND state = 'writing' ORDER BY id",
                                          volume.value));
    return read_all<OpenFile>(std::move(query), [&](Row row) -> Result<OpenFile> {
        OpenFile file;
        TRY_ASSIGN(file.id, read_file_id(row));
        file.sink.sink = SinkNumber(row.unsigned_integer());
        file.volume = volume;
        return file;
    });
}

// As whoever closes a file does. Those that were given up are not there any more.
Result<void> take_turns(Database& database, const std::vector<OpenFile>& files) {
    for (const auto& file : files) TRY(take_turn(database, file));
    return {};
}

}  // namespace

Result<std::vector<VolumeRecord>> read_volumes(Database& database) {
    TRY_ASSIGN(auto query, database.query(select_all()));
    return read_all<VolumeRecord>(std::move(query), read_volume);
}

Result<std::vector<VolumeRecord>> RegisteredVolumes::volumes() {
    return connections_.read(read_volumes);
}

Result<std::optional<VolumeRecord>> RegisteredVolumes::find_volume(const VolumeId& volume) {
    return connections_.read([&](Database& database) { return find(database, volume); });
}

Result<VolumeRegistry::Life> RegisteredVolumes::begin_life(const Opening& opening) {
    return connections_.write([&](Database& database) -> Result<Life> {
        TRY_ASSIGN(const auto found, find(database, opening.volume));
        if (found) TRY(refuse_stranger(*found, opening));
        TRY(refuse_second_name(database, opening));
        const auto known = found.value_or(VolumeRecord{});
        const BatchNumber given(std::max(known.last_batch.value, opening.durable.value));
        if (given > opening.durable) {
            TRY(insert_lost(database, opening.volume, BatchNumber(opening.durable.value + 1),
                            given));
        }
        const auto life = std::max(known.begun_life, opening.life) + 1;
        TRY(
            database.run("INSERT OR IGNORE INTO volumes (volume, name, state, since, first_seen)"
                         " VALUES (?1, ?2, 'active', ?3, ?3)",
                         opening.volume.value, opening.name, opening.at.unix_ms));
        TRY(
            database.run("UPDATE volumes SET uuid = ?2, directory = ?3, last_batch = ?4,"
                         " begun_life = ?5 WHERE volume = ?1",
                         opening.volume.value, to_string(opening.uuid), opening.directory,
                         given.value + kNumbersOfALife, life));
        return Life{.last_batch = given, .number = life};
    });
}

Result<void> RegisteredVolumes::confirm_life(const VolumeId& volume, std::uint64_t life) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(
            database.run("UPDATE volumes SET confirmed_life = ?2 WHERE volume = ?1"
                         " AND confirmed_life < ?2 AND begun_life >= ?2",
                         volume.value, life));
        return {};
    });
}

Result<void> RegisteredVolumes::rename_volume(const std::string& from, const std::string& to,
                                              WallTime now) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(auto query, database.query("SELECT name, former_name FROM volumes WHERE"
                                              " state = 'active' AND name IN (?1, ?2)",
                                              from, to));
        using Names = std::pair<std::string, std::string>;  // present, former
        TRY_ASSIGN(const auto found,
                   read_all<Names>(std::move(query), [](Row row) -> Result<Names> {
                       auto name = row.text();
                       return Names(std::move(name), row.text());
                   }));
        const auto find_name = [&](const std::string& name) {
            return std::find_if(found.begin(), found.end(),
                                [&](const Names& names) { return names.first == name; });
        };
        const auto taken = find_name(to);
        if (find_name(from) == found.end()) {
            if (taken != found.end() && taken->second == from) return {};
            return Error(Code::not_found, fmt::format("no active volume is called {}", from));
        }
        if (from == to) {
            return Error(Code::conflict, fmt::format("the volume {} has that name already", from));
        }
        if (taken != found.end()) {
            return Error(Code::conflict, fmt::format("another volume is called {}", to));
        }
        TRY(
            database.run("UPDATE volumes SET name = ?2, former_name = ?1, renamed_at = ?3"
                         " WHERE name = ?1 AND state = 'active'",
                         from, to, now.unix_ms));
        return rename_pins(database, from, to);
    });
}

Result<void> RegisteredVolumes::accept_end(const VolumeId& volume, Sequence last) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(database.run("UPDATE volumes SET sealed = ?2 WHERE volume = ?1 AND sealed > ?2",
                         volume.value, last.value));
        return {};
    });
}

Result<void> RegisteredVolumes::require_nothing_waits(const VolumeId& volume) {
    return connections_.read([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto record, require(database, volume));
        return refuse_waiting(database, record);
    });
}

Result<void> RegisteredVolumes::retire_volume(const VolumeId& volume, WallTime now) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto record, require(database, volume));
        if (record.state == VolumeState::retired) return {};
        if (record.state == VolumeState::lost) {
            return Error(Code::conflict, fmt::format("volume {} is lost since {}", record.name,
                                                     format_utc(record.since)));
        }
        TRY(refuse_pinned(database, record));
        TRY(refuse_waiting(database, record));
        return end(database, volume, VolumeState::retired, now);
    });
}

Result<void> RegisteredVolumes::give_up_volume(const VolumeId& volume, WallTime now) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY_ASSIGN(const auto record, require(database, volume));
        if (record.state == VolumeState::lost) return {};
        if (record.state == VolumeState::retired) {
            return Error(Code::conflict, fmt::format("volume {} is retired since {}", record.name,
                                                     format_utc(record.since)));
        }
        TRY(give_up_loads(database, volume, now));
        TRY_ASSIGN(const auto given_up, count_given_up(database, volume));
        TRY(
            database.run("INSERT OR IGNORE INTO lost_rows (slice, upto, file, sink, volume, rows,"
                         " csv_bytes, first_batch, last_batch, found_at)"
                         " SELECT id, last_sequence, file, sink, volume, rows, bytes, first_batch,"
                         " last_batch, ?2 FROM slices WHERE volume = ?1 AND rows > 0"
                         " AND state IN ('closing', 'uploading')",
                         volume.value, now.unix_ms));
        TRY(
            database.run("DELETE FROM slices WHERE volume = ?1"
                         " AND state IN ('closing', 'uploading')",
                         volume.value));
        TRY_ASSIGN(const auto closed_now, writing_files(database, volume));
        // What is being imported has all its slices, and its list is fixed.
        TRY(
            database.run("UPDATE files SET state = iif(state = 'setAside', state, 'closing'),"
                         " slices = (SELECT count(*) FROM slices WHERE file = files.id)"
                         " WHERE volume = ?1 AND state IN ('writing', 'closing', 'setAside')",
                         volume.value));
        TRY(
            database.run("DELETE FROM files WHERE volume = ?1"
                         " AND state IN ('closing', 'setAside') AND slices = 0",
                         volume.value));
        TRY(take_turns(database, closed_now));
        TRY(database.run("DELETE FROM announced_slices WHERE volume = ?1", volume.value));
        TRY(
            database.run("UPDATE loads SET state = 'aborted', reason = 'its volume is lost',"
                         " ended_at = ?2 WHERE volume = ?1"
                         " AND state IN ('open', 'written', 'prepared')",
                         volume.value, now.unix_ms));
        TRY(database.run(
            "UPDATE volumes SET given_up_files = ?2, given_up_slices = ?3,"
            " given_up_rows = ?4, given_up_key_sources = ?5 WHERE volume = ?1",
            volume.value, given_up.files, given_up.slices, given_up.rows, given_up.key_sources));
        return end(database, volume, VolumeState::lost, now);
    });
}

}  // namespace millrace::catalog
