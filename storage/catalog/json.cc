#include "storage/catalog/json.h"

#include <nlohmann/json.hpp>

#include "core/model/detail_secrets.h"

namespace millrace::catalog {
namespace {

using Json = nlohmann::json;

// Texts of definitions came in as JSON, so they are UTF-8; replacing would only show a bug.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Runs `read` on the parsed text; library exceptions end here.
template <typename T, typename Read>
Result<T> decoded(std::string_view what, std::string_view text, Read read) {
    try {
        return Result<T>(read(Json::parse(text)));
    } catch (const Json::exception& exception) {
        return Error(Code::corrupt, fmt::format("{} in the catalog: {}", what, exception.what()));
    }
}

Json to_json(const SettingOverrides& settings) {
    auto json = Json::object();
    for (const auto& [key, value] : settings) {
        std::visit([&, name = key](const auto& plain) { json[name] = plain; }, value);
    }
    return json;
}

SettingValue setting_from(const Json& json) {
    if (json.is_boolean()) return json.get<bool>();
    if (json.is_string()) return json.get<std::string>();
    return json.get<std::int64_t>();
}

SettingOverrides settings_from(const Json& json) {
    SettingOverrides settings;
    for (const auto& [key, value] : json.get<Json::object_t>()) {
        settings.emplace(key, setting_from(value));
    }
    return settings;
}

Json to_json(const Column& column) {
    Json json = {{"type", to_string(column.type)}, {"name", column.name}};
    if (column.primary_key) json["primaryKey"] = true;
    if (column.data_type != DataType::string) json["dataType"] = to_string(column.data_type);
    if (column.time_form != TimeForm::text) json["timeForm"] = to_string(column.time_form);
    if (!column.argument.empty()) json["argument"] = column.argument;
    if (may_be_missing(column.type) && column.default_value) {
        json["defaultValue"] = *column.default_value;
    }
    if (column.type == ColumnType::jsonnet) {
        json["template"] = {{"language", "jsonnet"}, {"content", column.template_text}};
        json["rawString"] = column.raw_string;
    }
    if (column.type != ColumnType::path) return json;
    json["path"] = column.path;
    json["rawString"] = column.raw_string;
    return json;
}

DataType known_data_type(const std::string& text, const Json& json) {
    if (const auto known = data_type_from(text)) return *known;
    throw Json::other_error::create(501, "unknown data type " + text, &json);
}

TimeForm known_time_form(const std::string& text, const Json& json) {
    if (const auto known = time_form_from(text)) return *known;
    throw Json::other_error::create(501, "unknown form of times " + text, &json);
}

Column column_from(const Json& json) {
    const auto type = json.at("type").get<std::string>();
    const auto known = column_type_from(type);
    if (!known) throw Json::other_error::create(501, "unknown column type " + type, &json);
    Column column;
    column.type = *known;
    column.name = json.at("name");
    column.primary_key = json.value("primaryKey", false);
    column.data_type = known_data_type(json.value("dataType", "STRING"), json);
    if (json.contains("timeForm")) column.time_form = known_time_form(json.at("timeForm"), json);
    column.argument = json.value("argument", "");
    column.path = json.value("path", "");
    column.raw_string = json.value("rawString", false);
    if (json.contains("defaultValue")) column.default_value = json.at("defaultValue");
    if (json.contains("template")) column.template_text = json.at("template").at("content");
    return column;
}

Json to_json(const DefinedColumn& column) {
    return {{"name", column.name},
            {"dataType", to_string(column.data_type)},
            {"primaryKey", column.primary_key},
            {"nullable", column.nullable}};
}

template <typename T>
void put(Json& json, const char* name, const std::optional<T>& value) {
    if (value) json[name] = *value;
}

template <typename T>
void take(const Json& json, const char* name, std::optional<T>& value) {
    if (json.contains(name)) value = json.at(name).get<T>();
}

Json to_json(const CsvParser& parser) {
    auto json = Json::object();
    put(json, "separator", parser.separator);
    put(json, "quote", parser.quote);
    put(json, "escape", parser.escape);
    put(json, "lineSeparator", parser.line_separator);
    put(json, "nullValue", parser.null_value);
    put(json, "header", parser.header);
    put(json, "repeatedHeader", parser.repeated_header);
    return json;
}

CsvParser csv_parser_from(const Json& json) {
    CsvParser parser;
    take(json, "separator", parser.separator);
    take(json, "quote", parser.quote);
    take(json, "escape", parser.escape);
    take(json, "lineSeparator", parser.line_separator);
    take(json, "nullValue", parser.null_value);
    take(json, "header", parser.header);
    take(json, "repeatedHeader", parser.repeated_header);
    return parser;
}

DefinedColumn defined_column_from(const Json& json) {
    return {.name = json.at("name"),
            .data_type = known_data_type(json.at("dataType").get<std::string>(), json),
            .primary_key = json.at("primaryKey"),
            .nullable = json.at("nullable")};
}

Json to_json(const std::vector<Column>& columns) {
    auto json = Json::array();
    for (const auto& column : columns) json.push_back(to_json(column));
    return json;
}

std::vector<Column> columns_from(const Json& json) {
    std::vector<Column> columns;
    for (const auto& column : json.get<Json::array_t>()) columns.push_back(column_from(column));
    return columns;
}

Json to_json(const Stamp& stamp) {
    return {{"at", stamp.at.unix_ms},
            {"by",
             {{"type", stamp.by.type},
              {"tokenId", stamp.by.token_id},
              {"tokenDescription", stamp.by.token_description}}}};
}

Stamp stamp_from(const Json& json) {
    const auto& by = json.at("by");
    return {.at = WallTime{json.at("at")},
            .by = {.type = by.at("type"),
                   .token_id = by.at("tokenId"),
                   .token_description = by.at("tokenDescription")}};
}

Json to_json(const Version& version) {
    return {{"number", version.number},
            {"hash", version.hash},
            {"description", version.description},
            {"stamp", to_json(version.stamp)}};
}

Version version_from(const Json& json) {
    return {.number = json.at("number"),
            .hash = json.at("hash"),
            .description = json.at("description"),
            .stamp = stamp_from(json.at("stamp"))};
}

Json to_json(const Conditions& conditions) {
    return {{"count", conditions.count},
            {"bytes", conditions.bytes},
            {"intervalMs", conditions.interval.count()}};
}

Conditions conditions_from(const Json& json) {
    return {.count = json.at("count"),
            .bytes = json.at("bytes"),
            .interval = Milliseconds(json.at("intervalMs").get<std::int64_t>())};
}

Json to_json(const RejectSettings& rejects) {
    return {{"keep", rejects.keep},
            {"count", rejects.bounds.count},
            {"bytes", rejects.bounds.bytes},
            {"ageMs", rejects.age.count()}};
}

RejectSettings rejects_from(const Json& json) {
    return {.keep = json.at("keep"),
            .bounds = {.count = json.at("count"), .bytes = json.at("bytes")},
            .age = Milliseconds(json.at("ageMs").get<std::int64_t>())};
}

Json to_json(const Settings& settings) {
    return {{"syncWait", settings.sync_wait},
            {"upload", to_json(settings.upload)},
            {"import", to_json(settings.import)},
            {"importSlices", settings.import_slices},
            {"compression", settings.compression == Compression::gzip ? "gzip" : "none"},
            {"gzipLevel", settings.gzip_level},
            {"rejects", to_json(settings.rejects)}};
}

Settings resolved_settings_from(const Json& json) {
    const auto compression = json.at("compression").get<std::string>();
    if (compression != "gzip" && compression != "none") {
        throw Json::other_error::create(501, "unknown compression " + compression, &json);
    }
    // Snapshots of the time before rejects could be kept say nothing of them.
    const auto rejects =
        json.contains("rejects") ? rejects_from(json.at("rejects")) : resolve_settings({}).rejects;
    return {.sync_wait = json.at("syncWait"),
            .upload = conditions_from(json.at("upload")),
            .import = conditions_from(json.at("import")),
            .import_slices = json.at("importSlices"),
            .compression = compression == "gzip" ? Compression::gzip : Compression::none,
            .gzip_level = json.at("gzipLevel"),
            .rejects = rejects};
}

TableId table_from(const Json& json) {
    auto table = TableId::parse(json.get<std::string>());
    if (!table.ok()) throw Json::other_error::create(501, table.error().client_text(), &json);
    return std::move(table).value();
}

// What was written before targets had names says nothing of them.
TargetName target_from(const Json& json) {
    return TargetName(json.value("target", kDefaultTarget.value));
}

SinkKey sink_key_from(const Json& json) {
    return {.source = {.project = ProjectId(json.at("project").get<std::uint32_t>()),
                       .branch = BranchId(json.at("branch").get<std::uint32_t>()),
                       .source = SourceId(json.at("source").get<std::string>())},
            .sink = SinkId(json.at("sink").get<std::string>())};
}

// No setting has a name without a dot.
constexpr const char* kSignals = "allowedSignals";

void add_signals(Json& json, const Sink& sink) {
    for (const auto signal : sink.signals) json[kSignals].push_back(to_string(signal));
}

std::vector<Signal> signals_from(const Json& json) {
    std::vector<Signal> signals;
    if (!json.contains(kSignals)) return signals;
    for (const auto& name : json.at(kSignals).get<std::vector<std::string>>()) {
        const auto signal = parse_signal(name);
        if (!signal) throw Json::other_error::create(501, "unknown signal " + name, &json);
        signals.push_back(*signal);
    }
    return signals;
}

}  // namespace

std::string encode_own(const Sink& sink) {
    auto json = to_json(sink.settings);
    add_signals(json, sink);
    return dump(json);
}
std::string encode(const SettingOverrides& settings) {
    return dump(to_json(settings));
}
std::string encode_shape(const DefinedTable& table) {
    auto columns = Json::array();
    for (const auto& column : table.columns) columns.push_back(to_json(column));
    if (table.kind == TableKind::logical && table.csv_parser.is_empty()) return dump(columns);
    return dump(Json{{"columns", std::move(columns)},
                     {"kind", to_string(table.kind)},
                     {"csvParser", to_json(table.csv_parser)}});
}
std::string encode(const std::vector<Column>& columns) {
    return dump(to_json(columns));
}
std::string encode(const Version& version) {
    return dump(to_json(version));
}
std::string encode(const Stamp& stamp) {
    return dump(to_json(stamp));
}

// A stamp with one field more, which a stamp's reader ignores.
std::string encode(const Deleted& deleted) {
    auto json = to_json(deleted.stamp);
    json["withParent"] = deleted.with_parent;
    return dump(json);
}

std::string encode(const Disabled& disabled) {
    return dump({{"stamp", to_json(disabled.stamp)},
                 {"reason", disabled.reason},
                 {"withParent", disabled.with_parent}});
}

std::string encode(const RetiredSecret& retired) {
    return dump({{"secret", retired.secret.expose()}, {"until", retired.until.unix_ms}});
}

std::string encode(const MappingSnapshot& snapshot) {
    const auto& source = snapshot.sink.source;
    return dump({{"project", source.project.value},
                 {"branch", source.branch.value},
                 {"source", source.source.value},
                 {"sink", snapshot.sink.sink.value},
                 {"target", snapshot.target.value},
                 {"table", snapshot.table.text()},
                 {"columns", to_json(snapshot.columns)},
                 {"settings", to_json(snapshot.settings)}});
}

std::string encode_definition(const Source& source) {
    return dump({{"name", source.name},
                 {"description", source.description},
                 {"details", without_detail_secrets(source.details)},
                 {"settings", to_json(source.settings)},
                 {"version", to_json(source.version)}});
}

std::string encode_definition(const Sink& sink) {
    Json json = {{"name", sink.name},
                 {"description", sink.description},
                 {"target", sink.target.value},
                 {"table", sink.table.text()},
                 {"columns", to_json(sink.columns)},
                 {"settings", to_json(sink.settings)},
                 {"mapping", sink.mapping.value},
                 {"version", to_json(sink.version)}};
    add_signals(json, sink);
    return dump(json);
}

Result<SettingOverrides> decode_settings(std::string_view text) {
    return decoded<SettingOverrides>("settings", text, settings_from);
}

Result<void> decode_own(std::string_view text, Sink& sink) {
    using Own = std::pair<SettingOverrides, std::vector<Signal>>;
    TRY_ASSIGN(auto own, decoded<Own>("settings", text, [](Json json) {
                   auto signals = signals_from(json);
                   json.erase(kSignals);
                   return Own(settings_from(json), std::move(signals));
               }));
    sink.settings = std::move(own.first);
    sink.signals = std::move(own.second);
    return {};
}

Result<void> decode_shape(std::string_view text, DefinedTable& table) {
    TRY_ASSIGN(auto shape,
               decoded<DefinedTable>("the columns of a table", text, [](const Json& json) {
                   DefinedTable read;
                   const auto& columns = json.is_array() ? json : json.at("columns");
                   for (const auto& column : columns.get<Json::array_t>()) {
                       read.columns.push_back(defined_column_from(column));
                   }
                   if (json.is_array()) return read;
                   const bool is_standalone = json.at("kind") == to_string(TableKind::standalone);
                   if (is_standalone) read.kind = TableKind::standalone;
                   read.csv_parser = csv_parser_from(json.at("csvParser"));
                   return read;
               }));
    table.columns = std::move(shape.columns);
    table.kind = shape.kind;
    table.csv_parser = std::move(shape.csv_parser);
    return {};
}

Result<std::vector<Column>> decode_columns(std::string_view text) {
    return decoded<std::vector<Column>>("columns", text, columns_from);
}

Result<Version> decode_version(std::string_view text) {
    return decoded<Version>("a version", text, version_from);
}

Result<Stamp> decode_stamp(std::string_view text) {
    return decoded<Stamp>("a stamp", text, stamp_from);
}

Result<Deleted> decode_deleted(std::string_view text) {
    return decoded<Deleted>("deleted", text, [](const Json& json) {
        return Deleted{.stamp = stamp_from(json), .with_parent = json.value("withParent", false)};
    });
}

Result<Disabled> decode_disabled(std::string_view text) {
    return decoded<Disabled>("disabled", text, [](const Json& json) {
        return Disabled{.stamp = stamp_from(json.at("stamp")),
                        .reason = json.at("reason"),
                        .with_parent = json.at("withParent")};
    });
}

Result<RetiredSecret> decode_retired(std::string_view text) {
    return decoded<RetiredSecret>("retired secret", text, [](const Json& json) {
        return RetiredSecret{.secret = Secret(json.at("secret").get<std::string>()),
                             .until = WallTime{json.at("until").get<std::int64_t>()}};
    });
}

Result<Source> decode_source_definition(std::string_view text) {
    return decoded<Source>("a version of a source", text, [](const Json& json) {
        Source source;
        source.name = json.at("name");
        source.description = json.at("description");
        source.details = json.value("details", source.details);
        source.settings = settings_from(json.at("settings"));
        source.version = version_from(json.at("version"));
        return source;
    });
}

Result<Sink> decode_sink_definition(std::string_view text) {
    return decoded<Sink>("a version of a sink", text, [](const Json& json) {
        Sink sink;
        sink.name = json.at("name");
        sink.description = json.at("description");
        sink.target = target_from(json);
        sink.table = table_from(json.at("table"));
        sink.columns = columns_from(json.at("columns"));
        sink.signals = signals_from(json);
        sink.settings = settings_from(json.at("settings"));
        sink.mapping = MappingVersion(json.at("mapping").get<std::uint32_t>());
        sink.version = version_from(json.at("version"));
        return sink;
    });
}

Result<MappingSnapshot> decode_mapping(std::string_view text) {
    return decoded<MappingSnapshot>("a mapping", text, [](const Json& json) {
        return MappingSnapshot{.sink = sink_key_from(json),
                               .target = target_from(json),
                               .table = table_from(json.at("table")),
                               .columns = columns_from(json.at("columns")),
                               .settings = resolved_settings_from(json.at("settings"))};
    });
}

}  // namespace millrace::catalog
