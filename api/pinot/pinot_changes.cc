#include "api/pinot/pinot_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "api/pinot/filter_rule.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/family_edits.h"
#include "core/definitions/source_edits.h"
#include "core/definitions/template_check.h"

namespace millrace::pinot {
namespace {

constexpr auto kRemovalAtMost = std::chrono::seconds(25);
constexpr auto kLookEvery = std::chrono::milliseconds(30);
constexpr std::int64_t kGenerationsBegin = 1'700'000'000;  // seconds since 1970

// What the table reads with now; nothing if there is none.
Result<std::optional<kafka::KafkaSettings>> kafka_of(const PinotApi& api, std::string_view table) {
    TRY_ASSIGN(const auto source, api.parts.edits.catalog.find_source(source_key_of(api, table)));
    if (!source || source->deleted || source->kind != kKafkaSource) {
        return std::optional<kafka::KafkaSettings>();
    }
    TRY_ASSIGN(auto settings, kafka::parse_details(source->details));
    return std::optional(std::move(settings));
}

// The details of the source after the table was put.
Result<std::string> details_after(const kafka::KafkaSettings& wanted,
                                  const std::optional<std::string>& before,
                                  const std::optional<std::string>& deleted, WallTime now) {
    auto after = wanted;
    if (before) {
        TRY_ASSIGN(const auto was, kafka::parse_details(*before));
        after.generation = was.generation;
        after.paused = was.paused;
        after.group = was.group;
    } else {
        std::uint32_t generation = 0;
        if (deleted) {
            const auto was = kafka::parse_details(*deleted);
            if (was.ok()) generation = was.value().generation;
        }
        after.generation = next_generation(generation, now);
    }
    return kafka::print_details(after);
}

Json prefixed(const Json& properties, const std::string& prefix) {
    Json all = Json::object();
    for (const auto& [key, value] : properties.items()) all[prefix + key] = value;
    return all;
}

// Waits until a task has ended.
Result<void> wait_for(const PinotApi& api, const Task& started) {
    const auto until = std::chrono::steady_clock::now() + kRemovalAtMost;
    while (std::chrono::steady_clock::now() < until) {
        TRY_ASSIGN(const auto task,
                   api.parts.edits.catalog.find_task(started.source.project, started.id));
        if (!task) return {};
        if (task->status == TaskStatus::success) return {};
        if (task->status == TaskStatus::error) return Error(Code::conflict, task->error);
        std::this_thread::sleep_for(kLookEvery);
    }
    return Error(Code::unavailable, fmt::format("task {} goes on", started.id));
}

}  // namespace

DocumentKey document_key(const PinotApi& api, std::string_view kind, std::string_view name) {
    return {.project = api.parts.scope.project,
            .branch = api.parts.scope.branch,
            .kind = std::string(kind),
            .name = std::string(name)};
}

Result<std::optional<Json>> find_document(const PinotApi& api, std::string_view kind,
                                          std::string_view name) {
    TRY_ASSIGN(const auto text, api.ports.documents.find_document(document_key(api, kind, name)));
    if (!text) return std::optional<Json>();
    auto json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return Error(Code::corrupt, fmt::format("document {} {}", kind, name));
    return std::optional(std::move(json));
}

Result<std::vector<std::string>> names_of(const PinotApi& api, std::string_view kind) {
    return api.ports.documents.document_names(document_key(api, kind, ""));
}

Result<void> store(const PinotApi& api, std::string_view kind, std::string_view name,
                   const Json& document) {
    return api.ports.documents.change_documents(
        {.saved = {{.key = document_key(api, kind, name), .text = document.dump()}},
         .removed = {}});
}

SourceKey source_key_of(const PinotApi& api, std::string_view table) {
    return {.project = api.parts.scope.project,
            .branch = api.parts.scope.branch,
            .source = source_of_table(table)};
}

SinkKey sink_key_of(const PinotApi& api, std::string_view table) {
    return {.source = source_key_of(api, table), .sink = SinkId(std::string(kSinkId))};
}

std::uint32_t next_generation(std::uint32_t before, WallTime now) {
    const auto seconds = std::max<std::int64_t>(now.unix_ms / 1000 - kGenerationsBegin, 1);
    return std::max(before + 1, static_cast<std::uint32_t>(seconds));
}

Result<PinotPair> read_pair(const PinotApi& api, const Json& schema, const Json& table,
                            const PairPrefixes& prefixes) {
    PinotPair pair;
    PinotFindings of_schema;
    PinotFindings of_table;
    pair.schema = read_pinot_schema(schema, of_schema);
    const auto raw_name = [&]() -> std::string {
        const auto name = table.find("tableName");
        return name != table.end() && name->is_string() ? raw_table_name(name->get<std::string>())
                                                        : std::string();
    }();
    TRY_ASSIGN(const auto before, kafka_of(api, raw_name));
    pair.table =
        read_pinot_table(table, before ? &*before : nullptr, api.parts.clock.wall(), of_table);
    pair.table.stream.kafka.freshness = std::max(api.ports.options.freshness, Milliseconds(10));
    for (const auto& [findings, prefix] :
         {std::pair(&of_schema, &prefixes.schema), std::pair(&of_table, &prefixes.table)}) {
        for (const auto& error : findings->errors()) pair.findings.error(error);
        for (const auto& warning : findings->warnings()) pair.findings.warn(warning);
        const auto unknown = prefixed(findings->unrecognized_properties(), *prefix);
        for (const auto& [key, value] : unknown.items()) pair.findings.unrecognized(key, value);
    }
    if (!pair.findings.is_fine()) return pair;
    check_with_schema(pair.table, pair.schema, pair.findings);
    if (!pair.findings.is_fine()) return pair;
    pair.columns = columns_of(pair.schema, pair.table, pair.findings);
    if (!pair.table.filter.empty()) {
        auto rule = filter_rule(pair.table.filter, pair.schema, pair.table.transforms);
        if (rule.ok()) {
            pair.table.stream.kafka.drop_where = std::move(rule).value();
        } else {
            pair.findings.error(fmt::format("Invalid filter function '{}': {}", pair.table.filter,
                                            rule.error().client_text()));
        }
    }
    if (!pair.table.delete_column.empty()) {
        auto rule = filter_rule(pair.table.delete_column, pair.schema, pair.table.transforms);
        if (rule.ok()) {
            pair.table.stream.kafka.delete_where = std::move(rule).value();
        } else {
            pair.findings.error(fmt::format("The deleteRecordColumn - {} cannot be used: {}",
                                            pair.table.delete_column, rule.error().client_text()));
        }
    }
    const auto id = table_of(api.ports.options, pair.table.name);
    if (!id.ok()) {
        pair.findings.error(id.error().client_text());
        return pair;
    }
    const auto& edits = api.parts.edits;
    if (pair.columns.size() > edits.definitions.columns) {
        pair.findings.error(
            fmt::format("The schema has more than {} columns", edits.definitions.columns));
    }
    if (!pair.findings.is_fine()) return pair;
    const auto allowed = edits.targets.check_table({.target = kDefaultTarget, .table = id.value()});
    if (!allowed.ok()) pair.findings.error(allowed.error().client_text());
    const auto templates = definitions::check_templates(api.parts.evaluator, pair.columns);
    if (!templates.ok() && templates.error().code() != Code::invalid) return templates.error();
    if (!templates.ok()) pair.findings.error(templates.error().client_text());
    return pair;
}

Result<void> put_table(const PinotApi& api, const PinotPair& pair, const Json& schema,
                       const Json& table, const Stamp& stamp) {
    TRY(pair.findings.result());
    const auto& name = pair.table.name;
    TRY_ASSIGN(auto id, table_of(api.ports.options, name));
    definitions::WantedFamily wanted{
        .key = source_key_of(api, name),
        .kind = kKafkaSource,
        .name = name,
        .description = fmt::format("Pinot's table {}{}.", name, kRealtimeSuffix),
        .details =
            [kafka = pair.table.stream.kafka, now = stamp.at](
                const std::optional<std::string>& before,
                const std::optional<std::string>& deleted) {
                return details_after(kafka, before, deleted, now);
            },
        .sink = {.key = sink_key_of(api, name),
                 .name = name,
                 .description = "The rows of Pinot's table.",
                 .target = kDefaultTarget,
                 .table = std::move(id),
                 .columns = pair.columns},
        .sink_settings = sink_settings_of(pair.table.stream, api.ports.options),
        .change_description = "Updated by Pinot's documents."};
    const auto reservation =
        api.parts.reservations.take(fmt::format("source/{}", wanted.key.source.value));
    if (reservation == nullptr) {
        return Error(Code::conflict,
                     fmt::format("Table {}{} is being made or deleted", name, kRealtimeSuffix));
    }
    TRY(api.parts.changes.make_now(
        [wanted = std::move(wanted), stamp](definitions::EditContext& context) {
            return definitions::put_family(context, wanted, stamp);
        }));
    const DocumentChange change{
        .saved = {{.key = document_key(api, kSchemaKind, pair.schema.name), .text = schema.dump()},
                  {.key = document_key(api, kTableKind, name), .text = shown_table(table).dump()}},
        .removed = {}};
    return api.ports.documents.change_documents(change);
}

Result<void> remove_table(const PinotApi& api, std::string_view name, bool with_schema,
                          const Stamp& stamp) {
    const auto key = source_key_of(api, name);
    TRY_ASSIGN(const auto source, api.parts.edits.catalog.find_source(key));
    if (source && !source->deleted) {
        using Held = std::pair<std::shared_ptr<void>, std::shared_ptr<void>>;
        auto& reservations = api.parts.reservations;
        const auto held =
            std::make_shared<Held>(reservations.take(fmt::format("source/{}", key.source.value)),
                                   reservations.take(fmt::format("purge/{}", key.source.value)));
        if (held->first == nullptr || held->second == nullptr) {
            return Error(Code::conflict,
                         fmt::format("Table {}{} is being made or deleted", name, kRealtimeSuffix));
        }
        TRY_ASSIGN(const auto task, api.parts.purge.start(key, stamp, held));
        TRY(wait_for(api, task));
    }
    DocumentChange change{
        .saved = {},
        .removed = {document_key(api, kTableKind, name), document_key(api, kPauseKind, name)}};
    if (with_schema) change.removed.push_back(document_key(api, kSchemaKind, name));
    return api.ports.documents.change_documents(change);
}

Result<void> change_kafka(const PinotApi& api, std::string_view table, std::string description,
                          std::function<void(kafka::KafkaSettings&)> change, const Stamp& stamp) {
    definitions::SourceUpdate update{
        .change_description = std::move(description),
        .details = [change = std::move(change)](const std::string& before) -> Result<std::string> {
            TRY_ASSIGN(auto settings, kafka::parse_details(before));
            change(settings);
            return kafka::print_details(settings);
        }};
    return api.parts.changes.make_now(
        [key = source_key_of(api, table), update, stamp](definitions::EditContext& context) {
            return definitions::update(context, key, update, stamp);
        });
}

Result<Source> load_source(const PinotApi& api, std::string_view table) {
    TRY_ASSIGN(const auto document, find_document(api, kTableKind, table));
    TRY_ASSIGN(auto source, api.parts.edits.catalog.find_source(source_key_of(api, table)));
    if (!document || !source || source->deleted) {
        return Error(Code::not_found, fmt::format("Table {}{} not found!", table, kRealtimeSuffix));
    }
    return std::move(*source);
}

}  // namespace millrace::pinot
