#include "storage/catalog/definitions.h"

#include <algorithm>

#include "core/model/volume_setting.h"
#include "storage/catalog/json.h"
#include "storage/catalog/rejects.h"
#include "storage/catalog/rows.h"
#include "storage/catalog/sealed_details.h"
#include "storage/catalog/sealing.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

#define SOURCE_COLUMNS                                                                   \
    "project, branch, id, kind, details, name, description, secret, retired, settings, " \
    "version, created, deleted, disabled"
#define SINK_COLUMNS                                                                      \
    "project, branch, source, id, number, name, description, target, table_id, columns, " \
    "settings, mapping, version, created, deleted, disabled"

SourceKey read_source_key(Row& row) {
    const auto project = ProjectId(row.unsigned32());
    const auto branch = BranchId(row.unsigned32());
    return {.project = project, .branch = branch, .source = SourceId(row.text())};
}

// The last four columns of both tables.
template <typename Definition>
Result<void> read_history(Row& row, Definition& definition) {
    TRY_ASSIGN(definition.version, decode_version(row.text()));
    TRY_ASSIGN(definition.created, decode_stamp(row.text()));
    if (const auto deleted = row.optional_text()) {
        TRY_ASSIGN(definition.deleted, decode_deleted(*deleted));
    }
    if (const auto disabled = row.optional_text()) {
        TRY_ASSIGN(definition.disabled, decode_disabled(*disabled));
    }
    return {};
}

Result<RetiredSecret> read_retired(const SourceKey& source, const std::string& text,
                                   const SecretStore& secrets) {
    TRY_ASSIGN(auto retired, decode_retired(text));
    TRY_ASSIGN(retired.secret,
               secrets.open(retired_secret_purpose(source), retired.secret.expose()));
    return retired;
}

Result<Source> read_source(Row row, const SecretStore& secrets) {
    Source source;
    source.key = read_source_key(row);
    source.kind = SourceKindName(row.text());
    const auto details = row.text();
    source.name = row.text();
    source.description = row.text();
    TRY_ASSIGN(source.details, open_details(source.key, details, secrets));
    TRY_ASSIGN(source.secret, secrets.open(secret_purpose(source.key), row.text()));
    if (const auto retired = row.optional_text()) {
        TRY_ASSIGN(source.retired, read_retired(source.key, *retired, secrets));
    }
    TRY_ASSIGN(source.settings, decode_settings(row.text()));
    TRY(read_history(row, source));
    return source;
}

Result<Sink> read_sink(Row row) {
    Sink sink;
    sink.key.source = read_source_key(row);
    sink.key.sink = SinkId(row.text());
    sink.number = SinkNumber(row.unsigned_integer());
    sink.name = row.text();
    sink.description = row.text();
    sink.target = TargetName(row.text());
    TRY_ASSIGN(sink.table, TableId::parse(row.text()));
    TRY_ASSIGN(sink.columns, decode_columns(row.text()));
    TRY(decode_own(row.text(), sink));
    sink.mapping = MappingVersion(row.unsigned32());
    TRY(read_history(row, sink));
    return sink;
}

template <typename T>
std::optional<std::string> encode_optional(const std::optional<T>& value) {
    if (!value) return std::nullopt;
    return encode(*value);
}

std::optional<std::string> seal_retired(const Source& source, const SecretStore& secrets) {
    if (!source.retired) return std::nullopt;
    return encode(RetiredSecret{
        .secret = Secret(secrets.seal(retired_secret_purpose(source.key), source.retired->secret)),
        .until = source.retired->until});
}

// A source is not pinned to a volume that there is not, as by a mistake in its name, or because the
// volume has ended since it was asked for. What was stored before may stay.
Result<void> check_volume(Database& database, const Source& source) {
    const auto name = resolve_volume({.source = source.settings});
    if (name.empty()) return {};
    const auto& key = source.key;
    TRY_ASSIGN(const auto stays,
               database.number("SELECT count(*) FROM sources WHERE project = ?1 AND branch = ?2 AND"
                               " id = ?3 AND json_extract(settings, '$.\"source.volume\"') = ?4",
                               key.project.value, key.branch.value, key.source.value, name));
    if (stays > 0) return {};
    TRY_ASSIGN(auto query, database.query("SELECT name FROM volumes WHERE state = 'active'"
                                          " ORDER BY name"));
    TRY_ASSIGN(const auto names,
               read_all<std::string>(std::move(query),
                                     [](Row row) -> Result<std::string> { return row.text(); }));
    if (std::ranges::find(names, name) != names.end()) return {};
    return no_such_volume(name, names);
}

Result<void> write_source(Database& database, const Source& source, const SecretStore& secrets) {
    TRY(check_volume(database, source));
    const auto& key = source.key;
    TRY(database.run(
        "INSERT INTO sources (" SOURCE_COLUMNS
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
        " ?14) ON CONFLICT (project, branch, id) DO UPDATE SET"
        " kind = excluded.kind, details = excluded.details, name = excluded.name, description = "
        "excluded.description,"
        " secret = excluded.secret, retired = excluded.retired,"
        " settings = excluded.settings,"
        " version = excluded.version, created = excluded.created,"
        " deleted = excluded.deleted, disabled = excluded.disabled",
        key.project.value, key.branch.value, key.source.value, source.kind.value,
        seal_details(source.key, source.details, secrets), source.name, source.description,
        secrets.seal(secret_purpose(key), source.secret), seal_retired(source, secrets),
        encode(source.settings), encode(source.version), encode(source.created),
        encode_optional(source.deleted), encode_optional(source.disabled)));
    TRY(
        database.run("INSERT OR IGNORE INTO source_versions"
                     " (project, branch, source, number, definition) VALUES (?1, ?2, ?3, ?4, ?5)",
                     key.project.value, key.branch.value, key.source.value, source.version.number,
                     encode_definition(source)));
    return {};
}

Result<void> write_sink(Database& database, const Sink& sink) {
    const auto& source = sink.key.source;
    TRY(database.run("INSERT INTO sinks (" SINK_COLUMNS
                     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
                     " ?16)"
                     " ON CONFLICT (project, branch, source, id) DO UPDATE SET"
                     " number = excluded.number, name = excluded.name,"
                     " description = excluded.description, target = excluded.target,"
                     " table_id = excluded.table_id,"
                     " columns = excluded.columns, settings = excluded.settings,"
                     " mapping = excluded.mapping, version = excluded.version,"
                     " created = excluded.created, deleted = excluded.deleted,"
                     " disabled = excluded.disabled",
                     source.project.value, source.branch.value, source.source.value,
                     sink.key.sink.value, sink.number.value, sink.name, sink.description,
                     sink.target.value, sink.table.text(), encode(sink.columns), encode_own(sink),
                     sink.mapping.value, encode(sink.version), encode(sink.created),
                     encode_optional(sink.deleted), encode_optional(sink.disabled)));
    TRY(
        database.run("INSERT OR IGNORE INTO sink_versions (sink, number, definition)"
                     " VALUES (?1, ?2, ?3)",
                     sink.number.value, sink.version.number, encode_definition(sink)));
    return {};
}

Result<std::optional<MappingSnapshot>> read_mapping(Database& database,
                                                    const SinkVersion& version) {
    TRY_ASSIGN(auto query, database.query("SELECT snapshot FROM mappings"
                                          " WHERE sink = ?1 AND version = ?2",
                                          version.sink.value, version.mapping.value));
    return read_one<MappingSnapshot>(std::move(query),
                                     [](Row row) { return decode_mapping(row.text()); });
}

Result<void> write_mapping(Database& database, const SinkVersion& version,
                           const MappingSnapshot& snapshot) {
    TRY_ASSIGN(const auto added,
               database.run("INSERT OR IGNORE INTO mappings (sink, version, snapshot)"
                            " VALUES (?1, ?2, ?3)",
                            version.sink.value, version.mapping.value, encode(snapshot)));
    if (added == 1) return {};
    TRY_ASSIGN(const auto existing, read_mapping(database, version));
    if (existing == snapshot) return {};
    return Error(Code::conflict, fmt::format("mapping {} of sink {} exists and is another one",
                                             version.mapping.value, version.sink.value));
}

Result<void> write_task_mark(Database& database, const TaskMark& task) {
    TRY(
        database.run("UPDATE tasks SET result = ?3, error = ?4"
                     " WHERE project = ?1 AND id = ?2 AND status = 'processing'",
                     task.project.value, task.id, task.result, task.error));
    return {};
}

}  // namespace

std::function<Result<Source>(Row)> Definitions::source_reader() const {
    return [this](Row row) { return read_source(row, secrets_); };
}

Result<std::optional<Source>> Definitions::find_source(const SourceKey& key) {
    return connections_.read([&](Database& database) -> Result<std::optional<Source>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT " SOURCE_COLUMNS
                                  " FROM sources WHERE project = ?1 AND branch = ?2 AND id = ?3",
                                  key.project.value, key.branch.value, key.source.value));
        return read_one<Source>(std::move(query), source_reader());
    });
}

Result<std::optional<Sink>> Definitions::find_sink(const SinkKey& key) {
    return connections_.read([&](Database& database) -> Result<std::optional<Sink>> {
        TRY_ASSIGN(auto query, database.query("SELECT " SINK_COLUMNS
                                              " FROM sinks WHERE project = ?1 AND branch = ?2"
                                              " AND source = ?3 AND id = ?4",
                                              key.source.project.value, key.source.branch.value,
                                              key.source.source.value, key.sink.value));
        return read_one<Sink>(std::move(query), read_sink);
    });
}

Result<Page<Source>> Definitions::sources(ProjectId project, BranchId branch,
                                          const PageRequest& page) {
    return page_of_sources(project, branch, page, false);
}

Result<Page<Source>> Definitions::deleted_sources(ProjectId project, BranchId branch,
                                                  const PageRequest& page) {
    return page_of_sources(project, branch, page, true);
}

Result<Page<Source>> Definitions::page_of_sources(ProjectId project, BranchId branch,
                                                  const PageRequest& page, bool deleted) {
    // Left to itself SQLite walks the primary key, through all that was deleted.
    const auto* const index = deleted ? "sources_deleted" : "sources_active";
    const auto* const which = deleted ? "deleted IS NOT NULL" : "deleted IS NULL";
    return connections_.read([&](Database& database) -> Result<Page<Source>> {
        Page<Source> result;
        TRY_ASSIGN(
            auto query,
            database.query(fmt::format("SELECT " SOURCE_COLUMNS
                                       " FROM sources INDEXED BY {} WHERE project = ?1"
                                       " AND branch = ?2 AND id > ?3 AND {} ORDER BY id LIMIT ?4",
                                       index, which),
                           project.value, branch.value, page.after_id, page.limit));
        TRY_ASSIGN(result.items, read_all<Source>(std::move(query), source_reader()));
        TRY_ASSIGN(const auto total,
                   database.number(fmt::format("SELECT coalesce((SELECT {} FROM source_counts"
                                               " WHERE project = ?1 AND branch = ?2), 0)",
                                               deleted ? "deleted" : "active"),
                                   project.value, branch.value));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<Page<Sink>> Definitions::sinks(const SourceKey& source, const PageRequest& page) {
    return page_of_sinks(source, page, false);
}

Result<Page<Sink>> Definitions::deleted_sinks(const SourceKey& source, const PageRequest& page) {
    return page_of_sinks(source, page, true);
}

Result<Page<Sink>> Definitions::page_of_sinks(const SourceKey& source, const PageRequest& page,
                                              bool deleted) {
    const auto* const index = deleted ? "sinks_deleted" : "sinks_active";
    const auto* const which = deleted ? "deleted IS NOT NULL" : "deleted IS NULL";
    return connections_.read([&](Database& database) -> Result<Page<Sink>> {
        Page<Sink> result;
        TRY_ASSIGN(
            auto query,
            database.query(
                fmt::format("SELECT " SINK_COLUMNS " FROM sinks INDEXED BY {} WHERE project = ?1"
                            " AND branch = ?2 AND source = ?3 AND id > ?4 AND {} ORDER BY id"
                            " LIMIT ?5",
                            index, which),
                source.project.value, source.branch.value, source.source.value, page.after_id,
                page.limit));
        TRY_ASSIGN(result.items, read_all<Sink>(std::move(query), read_sink));
        TRY_ASSIGN(const auto total,
                   database.number(fmt::format("SELECT count(*) FROM sinks INDEXED BY {}"
                                               " WHERE project = ?1 AND branch = ?2"
                                               " AND source = ?3 AND {}",
                                               index, which),
                                   source.project.value, source.branch.value, source.source.value));
        result.total_count = static_cast<std::uint64_t>(total);
        return result;
    });
}

Result<std::vector<Source>> Definitions::all_sources() {
    return connections_.read([&](Database& database) -> Result<std::vector<Source>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT " SOURCE_COLUMNS " FROM sources WHERE deleted IS NULL"
                                  " ORDER BY project, branch, id"));
        return read_all<Source>(std::move(query), source_reader());
    });
}

Result<std::vector<Sink>> Definitions::all_sinks(const SourceKey& source) {
    return connections_.read([&](Database& database) -> Result<std::vector<Sink>> {
        TRY_ASSIGN(
            auto query,
            database.query("SELECT " SINK_COLUMNS
                           " FROM sinks INDEXED BY sinks_active WHERE project = ?1"
                           " AND branch = ?2 AND source = ?3 AND deleted IS NULL ORDER BY id",
                           source.project.value, source.branch.value, source.source.value));
        return read_all<Sink>(std::move(query), read_sink);
    });
}

Result<std::vector<Sink>> Definitions::sinks_with_deleted(const SourceKey& source) {
    return connections_.read([&](Database& database) -> Result<std::vector<Sink>> {
        TRY_ASSIGN(
            auto query,
            database.query("SELECT " SINK_COLUMNS " FROM sinks WHERE project = ?1 AND branch = ?2"
                           " AND source = ?3 ORDER BY id",
                           source.project.value, source.branch.value, source.source.value));
        return read_all<Sink>(std::move(query), read_sink);
    });
}

Result<std::vector<TargetTable>> Definitions::tables_written_by(const SourceKey& source) {
    return connections_.read([&](Database& database) -> Result<std::vector<TargetTable>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT DISTINCT coalesce(json_extract(snapshot, '$.target'), ?4)"
                                  " AS target, json_extract(snapshot, '$.table') AS written"
                                  " FROM mappings WHERE sink IN (SELECT number FROM sinks"
                                  " WHERE project = ?1 AND branch = ?2 AND source = ?3)"
                                  " ORDER BY target, written",
                                  source.project.value, source.branch.value, source.source.value,
                                  kDefaultTarget.value));
        return read_all<TargetTable>(std::move(query), [](Row row) -> Result<TargetTable> {
            TargetTable table{.target = TargetName(row.text()), .table = {}};
            TRY_ASSIGN(table.table, TableId::parse(row.text()));
            return table;
        });
    });
}

Result<std::vector<SinkKey>> Definitions::sinks_of_table(const TargetTable& table) {
    return connections_.read([&](Database& database) -> Result<std::vector<SinkKey>> {
        TRY_ASSIGN(auto query, database.query("SELECT project, branch, source, id"
                                              " FROM sinks INDEXED BY sinks_of_table"
                                              " WHERE target = ?1 AND table_id = ?2"
                                              " ORDER BY project, branch, source, id",
                                              table.target.value, table.table.text()));
        return read_all<SinkKey>(std::move(query), [](Row row) -> Result<SinkKey> {
            auto source = read_source_key(row);
            return SinkKey{.source = std::move(source), .sink = SinkId(row.text())};
        });
    });
}

Result<std::map<SinkNumber, SinkKey>> Definitions::sink_keys() {
    using Entry = std::pair<SinkNumber, SinkKey>;
    return connections_.read([&](Database& database) -> Result<std::map<SinkNumber, SinkKey>> {
        TRY_ASSIGN(auto query,
                   database.query("SELECT number, project, branch, source, id FROM sinks"));
        TRY_ASSIGN(const auto rows, read_all<Entry>(std::move(query), [](Row row) -> Result<Entry> {
                       const SinkNumber number(row.unsigned_integer());
                       auto source = read_source_key(row);
                       return Entry(number,
                                    {.source = std::move(source), .sink = SinkId(row.text())});
                   }));
        return std::map<SinkNumber, SinkKey>(rows.begin(), rows.end());
    });
}

Result<void> Definitions::save(const DefinitionEdit& edit) {
    return connections_.write([&](Database& database) -> Result<void> {
        if (edit.source) TRY(write_source(database, *edit.source, secrets_));
        for (const auto& sink : edit.sinks) TRY(write_sink(database, sink));
        for (const auto& [version, snapshot] : edit.mappings) {
            TRY(write_mapping(database, version, snapshot));
        }
        if (edit.task) TRY(write_task_mark(database, *edit.task));
        return {};
    });
}

Result<void> Definitions::remove_source(const SourceKey& source) {
    TRY_ASSIGN(const auto sinks, sinks_with_deleted(source));
    for (const auto& sink : sinks) TRY(delete_rejects_of(connections_, sink.number));
    return connections_.write([&](Database& database) -> Result<void> {
        for (const auto* const sql :
             {"DELETE FROM rejects WHERE sink IN (SELECT number FROM sinks"
              " WHERE project = ?1 AND branch = ?2 AND source = ?3)",
              "DELETE FROM reject_totals WHERE sink IN (SELECT number FROM sinks"
              " WHERE project = ?1 AND branch = ?2 AND source = ?3)",
              "DELETE FROM sink_versions WHERE sink IN (SELECT number FROM sinks"
              " WHERE project = ?1 AND branch = ?2 AND source = ?3)",
              "DELETE FROM sinks WHERE project = ?1 AND branch = ?2 AND source = ?3",
              "DELETE FROM source_versions WHERE project = ?1 AND branch = ?2 AND source = ?3",
              "DELETE FROM sources WHERE project = ?1 AND branch = ?2 AND id = ?3"}) {
            TRY(database.run(sql, source.project.value, source.branch.value, source.source.value));
        }
        return {};
    });
}

Result<SinkNumber> Definitions::next_sink_number() {
    return connections_.write([&](Database& database) -> Result<SinkNumber> {
        TRY(database.run("UPDATE last_numbers SET number = number + 1 WHERE name = 'sink'"));
        TRY_ASSIGN(const auto number,
                   database.number("SELECT number FROM last_numbers WHERE name = 'sink'"));
        return SinkNumber(static_cast<std::uint64_t>(number));
    });
}

Result<MappingSnapshot> Definitions::mapping(const SinkVersion& version) {
    return connections_.read([&](Database& database) -> Result<MappingSnapshot> {
        TRY_ASSIGN(auto found, read_mapping(database, version));
        if (found) return std::move(*found);
        return Error(Code::not_found, fmt::format("no mapping {} of sink {}", version.mapping.value,
                                                  version.sink.value));
    });
}

Result<MappingVersion> Definitions::newest_mapping(SinkNumber sink) {
    return connections_.read([&](Database& database) -> Result<MappingVersion> {
        TRY_ASSIGN(const auto newest,
                   database.number("SELECT coalesce(max(version), 0) FROM mappings WHERE sink = ?1",
                                   sink.value));
        return MappingVersion(static_cast<std::uint32_t>(newest));
    });
}

}  // namespace millrace::catalog
