#include "api/control/definition_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/column_request.h"
#include "api/control/json_body.h"
#include "api/control/mapping_presets.h"
#include "api/control/settings_request.h"
#include "core/base/check.h"
#include "core/base/duration.h"
#include "core/model/entity_id.h"

namespace millrace::control {
namespace {

constexpr TextLength kIdLength{.min = 1, .max = kEntityIdLengthMax};
constexpr std::chrono::hours kOverlapMax{30 * 24};   // of a rotated secret
constexpr std::string_view kReservedId = "deleted";  // ".../sources/deleted" is a list

struct Naming {
    std::string id;
    std::string name;
    std::string description;
};

void require_one_of(const std::optional<std::string>& value, std::string_view path,
                    std::span<const std::string_view> allowed, Problems& problems) {
    if (!value) return;
    std::string list;
    for (const auto choice : allowed) {
        if (*value == choice) return;
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ", ", choice);
    }
    problems.add(kInvalidEnumValue,
                 fmt::format("value of {} must be one of {} but got value \"{}\"", path, list,
                             shortened(*value, 60)));
}

void require_one_of(const std::optional<std::string>& value, std::string_view path,
                    std::initializer_list<std::string_view> allowed, Problems& problems) {
    require_one_of(value, path, std::span(allowed.begin(), allowed.size()), problems);
}

bool is_absent(ObjectReader& reader, std::string_view key) {
    const auto* const given = reader.any(key);
    return given == nullptr || given->is_null();
}

TextLength name_length(const DefinitionLimits& definitions) {
    return {.min = 1, .max = definitions.name_characters};
}

TextLength description_length(const DefinitionLimits& definitions) {
    return {.min = 0, .max = definitions.description_characters};
}

// Id, name and description, which sources and sinks have alike.
Naming read_naming(ObjectReader& reader, const char* id_field, const DefinitionLimits& definitions,
                   Problems& problems) {
    const auto given_id = reader.text(id_field, kIdLength);
    const auto name = reader.required_text("name", name_length(definitions));
    const auto description = reader.text("description", description_length(definitions));

    Naming naming{.id = {}, .name = name.value_or(""), .description = description.value_or("")};
    if (given_id) {
        naming.id = normalized_id(*given_id);
    } else if (name && is_absent(reader, id_field)) {
        naming.id = id_from_name(*name);
    } else {
        return naming;  // a problem already
    }
    if (naming.id.empty() && !given_id) {
        problems.add(kBadRequest,
                     fmt::format("\"{0}\" cannot be made from the name, which has no Latin letter "
                                 "and no digit: send a \"{0}\"",
                                 id_field));
    } else if (naming.id.empty()) {
        problems.add(kBadRequest, fmt::format("\"{}\" must not be empty", id_field));
    } else if (naming.id.size() > kEntityIdLengthMax) {
        problems.add(
            kInvalidLength,
            fmt::format("length of {} must be lesser or equal than {} but got value \"{}\" "
                        "(len={})",
                        reader.path_of(id_field), kEntityIdLengthMax, naming.id, naming.id.size()));
    } else if (naming.id == kReservedId) {
        problems.add(kBadRequest, fmt::format("\"{}\" must not be \"{}\": this id is reserved",
                                              id_field, kReservedId));
    }
    return naming;
}

// Whether an update may leave a field out.
enum class Fields { all, some };

std::optional<std::string> read_text(ObjectReader& reader, std::string_view key, TextLength length,
                                     Fields fields) {
    return fields == Fields::all ? reader.required_text(key, length) : reader.text(key, length);
}

struct GivenTable {
    std::optional<TargetName> target;
    std::optional<TableId> id;
    std::optional<std::vector<Column>> columns;
    std::vector<Signal> signals_of_preset = {};
    bool adds_columns = false;  // of a new sink
};

void check_beside_preset(const std::optional<std::vector<Column>>& preset,
                         const std::vector<Column>& own, Problems& problems) {
    if (!preset) return;
    const auto is_same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    for (const auto& column : own) {
        const bool is_taken = std::ranges::any_of(*preset, [&](const Column& other) {
            return std::ranges::equal(column.name, other.name, is_same);
        });
        if (!is_taken) continue;
        problems.add(kBadRequest, fmt::format("column \"{}\" is one of the preset already",
                                              shortened(column.name, 60)));
    }
}

// Nothing if there is no such preset.
std::vector<Signal> signals_of_preset(std::string_view name) {
    std::vector<Signal> signals;
    const auto* const preset = find_mapping_preset(name);
    if (preset == nullptr) return signals;
    for (const auto& text : Json::parse(preset->bytes).value("allowedSignals", Json::array())) {
        const auto signal = parse_signal(text.get<std::string>());
        check(signal.has_value(), "a preset has an unknown signal");
        signals.push_back(*signal);
    }
    return signals;
}

std::vector<Column> columns_of_preset(std::string_view name, std::string_view path,
                                      std::size_t columns_max, Problems& problems) {
    const auto* const preset = find_mapping_preset(name);
    if (preset == nullptr) {
        problems.add(kInvalidEnumValue,
                     fmt::format("value of {} must be one of {} but got value \"{}\"", path,
                                 mapping_preset_names(), shortened(name, 60)));
        return {};
    }
    return parse_columns(Json::parse(preset->bytes).at("columns"), path, columns_max, problems);
}

// The columns of a preset, then those that the mapping has itself; one of the two must be there.
void read_mapping(const Json& json, const DefinitionLimits& definitions, GivenTable& table,
                  Problems& problems) {
    auto& columns = table.columns;
    ObjectReader reader(json, "body.table.mapping", problems);
    const auto preset = reader.text("preset", {.min = 1, .max = 100});
    if (preset) {
        columns =
            columns_of_preset(*preset, reader.path_of("preset"), definitions.columns, problems);
        table.signals_of_preset = signals_of_preset(*preset);
    }
    const auto* const given = reader.array("columns");
    if (given != nullptr) {
        const auto taken = columns ? columns->size() : 0;
        const auto room = definitions.columns - std::min<std::size_t>(definitions.columns, taken);
        auto own = parse_columns(*given, reader.path_of("columns"), room, problems);
        check_beside_preset(columns, own, problems);
        if (!columns) columns.emplace();
        columns->insert(columns->end(), std::make_move_iterator(own.begin()),
                        std::make_move_iterator(own.end()));
    } else if (!preset && is_absent(reader, "columns")) {
        reader.missing("columns");
    }
    reader.finish();
}

// A mapping is always a whole one.
GivenTable read_table(const Json& json, Fields fields, const DefinitionLimits& definitions,
                      Problems& problems) {
    GivenTable table;
    ObjectReader reader(json, "body.table", problems);
    const auto type = read_text(reader, "type", {.min = 0, .max = 100}, fields);
    require_one_of(type, "body.table.type", {"keboola", "default"}, problems);
    if (auto target = reader.text("target", {.min = 1, .max = 100})) {
        table.target = TargetName(std::move(*target));
    }
    if (const auto text = read_text(reader, "tableId", {.min = 0, .max = 1000}, fields)) {
        auto parsed = TableId::parse(*text);
        if (parsed.ok()) {
            table.id = std::move(parsed).value();
        } else {
            problems.add(kBadRequest, parsed.error().client_text());
        }
    }
    if (fields == Fields::all) {
        table.adds_columns = reader.boolean("addColumns").value_or(false);
    }
    if (const auto* const mapping = reader.object("mapping")) {
        read_mapping(*mapping, definitions, table, problems);
    } else if (fields == Fields::all && is_absent(reader, "mapping")) {
        reader.missing("mapping");
    }
    reader.finish();
    return table;
}

void check_source_type(const std::optional<std::string>& type, std::span<const SourceKind> kinds,
                       Problems& problems) {
    std::vector<std::string_view> known;
    for (const auto& kind : kinds) known.push_back(kind.name);
    if (type == "otlp" && std::ranges::find(known, "otlp") == known.end()) {
        problems.add(kBadRequest, "sources of type \"otlp\" are not available in this version");
    } else {
        require_one_of(type, "body.type", known, problems);
    }
}

// What a PATCH does to the details of the source. Nothing where the body does not tell, or the kind
// changes none.
std::function<Result<std::string>(const std::string&)> read_details(ObjectReader& reader,
                                                                    const Source& source,
                                                                    const SourceKind* kind,
                                                                    Problems& problems) {
    if (kind == nullptr || !kind->patch) return nullptr;
    const auto* const part = reader.object(kind->name);
    if (part == nullptr) return nullptr;
    static_cast<void>(kind->patch(*part, source.details, problems));
    return [patch = kind->patch, part = *part](const std::string& before) -> Result<std::string> {
        Problems now;  // another change may have come between
        auto after = patch(part, before, now);
        TRY(now.result());
        return after;
    };
}

// Nothing if the body does not say it. Whether the source has signals is asked when it is known.
std::optional<std::vector<Signal>> read_signals(ObjectReader& reader, Problems& problems) {
    constexpr std::string_view kField = "allowedSignals";
    const auto* const given = reader.array(kField);
    if (given == nullptr) return std::nullopt;
    std::vector<Signal> signals;
    for (std::size_t i = 0; i < given->size(); ++i) {
        const auto& item = (*given)[i];
        const auto path = fmt::format("{}[{}]", reader.path_of(kField), i);
        if (!item.is_string()) {
            problems.add(kBadRequest, fmt::format("{} must be a string", path));
            continue;
        }
        const auto text = item.get<std::string>();
        require_one_of(text, path, {"logs", "metrics", "traces"}, problems);
        const auto signal = parse_signal(text);
        if (!signal) continue;
        if (std::ranges::find(signals, *signal) == signals.end()) signals.push_back(*signal);
    }
    return signals;
}

Result<void> check_mapping(const std::vector<Column>& columns, mapping::MappingLimits limits) {
    const auto compiled = mapping::SourceMapper::compile({columns}, limits);
    if (compiled.ok()) return {};
    return bad_request(compiled.error().client_text());
}

}  // namespace

Result<definitions::NewSource> parse_new_source(std::string_view body, const SourceKey& branch,
                                                const DefinitionLimits& definitions,
                                                std::span<const SourceKind> kinds) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    const auto type = reader.required_text("type", {.min = 0, .max = 100});
    check_source_type(type, kinds, problems);
    auto naming = read_naming(reader, "sourceId", definitions, problems);
    std::string details = "{}";
    const auto* const kind = find_kind(kinds, type.value_or(""));
    if (kind != nullptr && kind->parse) {
        details = kind->parse(reader.object(kind->name), problems);
    }
    reader.finish();
    TRY(problems.result());

    definitions::NewSource source{.key = branch,
                                  .kind = SourceKindName(kind->name),
                                  .details = std::move(details),
                                  .name = std::move(naming.name),
                                  .description = std::move(naming.description)};
    source.key.source = SourceId(std::move(naming.id));
    return source;
}

Result<definitions::NewSink> parse_new_sink(std::string_view body, const SourceKey& key,
                                            mapping::MappingLimits limits,
                                            const DefinitionLimits& definitions,
                                            const Source* source) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    const auto type = reader.required_text("type", {.min = 0, .max = 100});
    require_one_of(type, "body.type", {"table"}, problems);
    auto naming = read_naming(reader, "sinkId", definitions, problems);
    auto signals = read_signals(reader, problems);
    GivenTable table;
    if (const auto* const json_table = reader.object("table")) {
        table = read_table(*json_table, Fields::all, definitions, problems);
    } else if (is_absent(reader, "table") && type == "table") {
        problems.add(kBadRequest, "\"table\" must be configured for the \"table\" sink type");
    }
    const auto settings = read_settings(reader, SettingsOwner::sink, {}, problems);
    const bool is_enabled = reader.boolean("enabled").value_or(true);
    reader.finish();
    TRY(problems.result());

    TRY(check_mapping(*table.columns, limits));
    const bool has_signals = source != nullptr && source->kind == kOtlpSource;
    if (!signals && has_signals) signals = std::move(table.signals_of_preset);
    return definitions::NewSink{.key = {.source = key, .sink = SinkId(std::move(naming.id))},
                                .name = std::move(naming.name),
                                .description = std::move(naming.description),
                                .target = table.target.value_or(kDefaultTarget),
                                .table = *std::move(table.id),
                                .columns = *std::move(table.columns),
                                .adds_columns = table.adds_columns,
                                .signals = std::move(signals).value_or(std::vector<Signal>()),
                                .settings = definitions::patched({}, settings),
                                .enabled = is_enabled};
}

Result<void> check_signals(const std::vector<Signal>& signals, const Source& source) {
    if (signals.empty() || source.kind == kOtlpSource) return {};
    return bad_request("\"allowedSignals\" is for sources of type \"otlp\" only");
}

Result<definitions::SourceUpdate> parse_source_update(std::string_view body,
                                                      const DefinitionLimits& definitions,
                                                      std::span<const SourceKind> kinds,
                                                      const Source* source) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    definitions::SourceUpdate update;
    update.type = reader.text("type", {.min = 0, .max = 100});
    check_source_type(update.type, kinds, problems);
    update.change_description = reader.text("changeDescription", description_length(definitions));
    update.name = reader.text("name", name_length(definitions));
    update.description = reader.text("description", description_length(definitions));
    if (source != nullptr) {
        update.details =
            read_details(reader, *source, find_kind(kinds, source->kind.value), problems);
    }
    reader.finish();
    TRY(problems.result());
    return update;
}

Result<Milliseconds> parse_rotation(std::string_view body) {
    if (body.empty()) return Milliseconds{0};
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    const auto text = reader.text("overlap", {.min = 1, .max = 40});
    const auto overlap = parse_duration(text.value_or("0s"));
    if (!overlap.ok() || overlap.value().count() < 0 || overlap.value() > kOverlapMax) {
        problems.add(
            kBadRequest,
            fmt::format("value of {} must be a duration from 0s to {}, for example \"1h\", "
                        "but got value \"{}\"",
                        reader.path_of("overlap"), format_duration(kOverlapMax),
                        shortened(text.value_or(""), 40)));
    }
    reader.finish();
    TRY(problems.result());
    return overlap.value();
}

Result<definitions::SinkUpdate> parse_sink_update(std::string_view body,
                                                  mapping::MappingLimits limits,
                                                  const DefinitionLimits& definitions) {
    TRY_ASSIGN(const auto json, parse_json_object(body));
    Problems problems;
    ObjectReader reader(json, "body", problems);
    const auto type = reader.text("type", {.min = 0, .max = 100});
    require_one_of(type, "body.type", {"table"}, problems);
    definitions::SinkUpdate update;
    update.signals = read_signals(reader, problems);
    update.change_description = reader.text("changeDescription", description_length(definitions));
    update.name = reader.text("name", name_length(definitions));
    update.description = reader.text("description", description_length(definitions));
    if (const auto* const json_table = reader.object("table")) {
        auto table = read_table(*json_table, Fields::some, definitions, problems);
        update.target = std::move(table.target);
        update.table = std::move(table.id);
        update.columns = std::move(table.columns);
    }
    update.settings = read_settings(reader, SettingsOwner::sink, {}, problems);
    reader.finish();
    TRY(problems.result());
    if (update.columns) TRY(check_mapping(*update.columns, limits));
    return update;
}

}  // namespace millrace::control
