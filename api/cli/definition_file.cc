#include "api/cli/definition_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

#include "api/cli/column_argument.h"
#include "api/cli/column_mistakes.h"
#include "api/cli/entity_fields.h"
#include "api/cli/line_mistakes.h"
#include "api/cli/table_column.h"
#include "api/cli/text_table.h"
#include "api/cli/yaml_document.h"
#include "api/config/client_line.h"
#include "core/model/entity_id.h"

namespace millrace::cli {
namespace {

using Keys = std::span<const std::string_view>;

constexpr std::string_view kFileKeys[] = {"sources", "tables"};
constexpr std::string_view kSourceKeys[] = {"id",      "type",     "name", "description",
                                            "enabled", "settings", "sinks"};
constexpr std::string_view kSinkKeys[] = {"id",     "name",    "description",    "enabled",
                                          "table",  "target",  "allowedSignals", "columns",
                                          "preset", "settings"};
constexpr std::string_view kTableKeys[] = {"id", "target", "kind", "csvParser", "columns"};
constexpr std::string_view kColumnKeys[] = {"type",   "name",         "primaryKey", "dataType",
                                            "path",   "defaultValue", "rawString",  "template",
                                            "header", "parameter",    "engine",     "engineReason"};
constexpr std::string_view kTableColumnKeys[] = {"name", "dataType", "primaryKey", "nullable"};
constexpr std::string_view kCsvKeys[] = {"separator", "quote",  "escape",        "lineSeparator",
                                         "nullValue", "header", "repeatedHeader"};
constexpr std::string_view kHttpKeys[] = {"preset", "signature"};
constexpr std::string_view kSignatureKeys[] = {
    "secrets", "header",          "algorithm", "encoding",  "prefix",
    "signed",  "timestampHeader", "idHeader",  "tolerance", "verifyToken"};
constexpr std::string_view kKafkaKeys[] = {
    "brokers",        "topic",      "format",       "keyFormat",     "records",
    "startFrom",      "csv",        "avroSchema",   "avroTimes",     "skipBytes",
    "registryUrl",    "group",      "onOutOfRange", "onRejectsFull", "onNull",
    "onUnknownTopic", "properties", "paused",       "commitOffsets", "freshnessMs"};

class Reader {
public:
    Definitions read(const YamlNode& file) {
        Definitions read;
        if (file.is_null()) {
            mistake(1, "the file is empty; one that is to have nothing says \"sources: []\"");
            return read;
        }
        if (!is_map(file, "the file")) return read;
        check_keys(file, kFileKeys, "the file");
        for (const auto& item : list_of(file, "tables")) read_table(item, read.tables);
        for (const auto& item : list_of(file, "sources")) read_source(item, read.sources);
        return read;
    }

    Result<void> finish() const { return mistakes_.finish(); }

private:
    void mistake(std::size_t line, std::string_view text) { mistakes_.add(line, text); }

    bool is_map(const YamlNode& node, std::string_view noun) {
        if (node.kind == YamlNode::Kind::map) return true;
        mistake(node.line, fmt::format("{} must have keys with values", noun));
        return false;
    }

    // `another` is known too.
    void check_keys(const YamlNode& map, Keys known, std::string_view noun,
                    const std::string& another = {}) {
        std::vector<std::string> names(known.begin(), known.end());
        if (!another.empty()) names.push_back(another);
        for (const auto& [key, value] : map.fields) {
            if (std::ranges::find(names, key.name) != names.end()) continue;
            mistake(key.line, fmt::format("unknown key \"{}\" of {}{}", key.name, noun,
                                          config::suggestion(key.name, names)));
        }
    }

    std::span<const YamlNode> list_of(const YamlNode& map, std::string_view key) {
        const auto* const found = map.find(key);
        if (found == nullptr || found->is_null()) return {};
        if (found->kind == YamlNode::Kind::list) return found->items;
        mistake(found->line, fmt::format("\"{}\" must be a list", key));
        return {};
    }

    std::optional<std::string> text_of(const YamlNode& map, std::string_view key) {
        const auto* const found = map.find(key);
        if (found == nullptr || found->is_null()) return std::nullopt;
        if (found->kind == YamlNode::Kind::scalar && found->scalar.is_string()) {
            return found->scalar.get<std::string>();
        }
        mistake(found->line, found->kind == YamlNode::Kind::scalar
                                 ? fmt::format("\"{}\" must be a text: put it into quotes", key)
                                 : fmt::format("\"{}\" must be a text", key));
        return std::nullopt;
    }

    std::optional<bool> flag_of(const YamlNode& map, std::string_view key) {
        const auto* const found = map.find(key);
        if (found == nullptr || found->is_null()) return std::nullopt;
        if (found->kind == YamlNode::Kind::scalar && found->scalar.is_boolean()) {
            return found->scalar.get<bool>();
        }
        mistake(found->line, fmt::format("\"{}\" must be true or false", key));
        return std::nullopt;
    }

    // The id that the service makes of the one in the file; empty, with a mistake, as below.
    void read_id(const YamlNode& map, std::string_view noun, std::set<std::string>& seen,
                 WantedEntity& entity) {
        const auto before = mistakes_.count();
        const auto given = text_of(map, "id");
        if (mistakes_.count() > before) return;
        if (!given || given->empty())
            return mistake(map.line, fmt::format("{} needs \"id\"", noun));
        entity.given_id = *given;
        const auto id = normalized_id(*given);
        if (!is_entity_id(id)) {
            return mistake(map.line, fmt::format("\"{}\" is no id of {}: it needs 1 to {} letters, "
                                                 "digits or dashes",
                                                 *given, noun, kEntityIdLengthMax));
        }
        if (seen.insert(id).second) {
            entity.id = id;
        } else {
            mistake(map.line, fmt::format("{} \"{}\" is there twice", noun, id));
        }
    }

    // The id; empty, with a mistake, if there is none or it was there before.
    std::string id_of(const YamlNode& map, std::string_view noun, std::set<std::string>& seen) {
        const auto before = mistakes_.count();
        const auto id = text_of(map, "id");
        if (mistakes_.count() > before) return {};
        if (!id || id->empty()) {
            mistake(map.line, fmt::format("{} needs \"id\"", noun));
            return {};
        }
        if (seen.insert(*id).second) return *id;
        mistake(map.line, fmt::format("{} \"{}\" is there twice", noun, *id));
        return {};
    }

    void read_settings(const YamlNode& map, WantedEntity& entity) {
        const auto* const settings = map.find("settings");
        if (settings == nullptr || settings->is_null()) return;
        if (!is_map(*settings, "\"settings\"")) return;
        for (const auto& [key, value] : settings->fields) {
            if (value.kind != YamlNode::Kind::scalar) {
                mistake(key.line, fmt::format("\"{}\" must have one value", key.name));
                continue;
            }
            entity.settings.push_back({.key = key.name, .value = value.scalar, .line = key.line});
        }
    }

    void read_common(const YamlNode& map, WantedEntity& entity) {
        entity.line = map.line;
        const auto name = text_of(map, "name");
        entity.body["name"] = name.value_or(usual_name(entity.id));
        entity.is_named = name.has_value();
        if (const auto text = text_of(map, "description")) entity.body["description"] = *text;
        entity.enabled = flag_of(map, "enabled");
        read_settings(map, entity);
    }

    void read_source(const YamlNode& map, std::vector<WantedSource>& sources) {
        if (!is_map(map, "a source")) return;
        WantedSource source;
        read_id(map, "a source", source_ids_, source);
        const auto type = text_of(map, "type");
        source.is_typed = type.has_value();
        source.type = type.value_or(map.find("kafka") != nullptr ? "kafka" : "http");
        const auto of_type = source.type == "otlp" ? std::string() : source.type;  // it has no part
        check_keys(map, kSourceKeys, fmt::format("a source of type {}", source.type), of_type);
        source.body["type"] = source.type;
        read_common(map, source);
        if (const auto* const part = map.find(source.type); part != nullptr && !part->is_null()) {
            if (is_map(*part, fmt::format("\"{}\"", source.type))) {
                check_part(source.type, *part);
                source.body[source.type] = to_json(*part);
            }
        }
        std::set<std::string> ids;
        for (const auto& item : list_of(map, "sinks")) read_sink(item, ids, source.sinks);
        sources.push_back(std::move(source));
    }

    // Of kinds that are known here; others are the matter of the service.
    void check_part(std::string_view type, const YamlNode& part) {
        if (type == "kafka") check_keys(part, kKafkaKeys, "kafka");
        if (type != "http") return;
        check_keys(part, kHttpKeys, "http");
        const auto* const signature = part.find("signature");
        if (signature != nullptr && !signature->is_null() && is_map(*signature, "\"signature\"")) {
            check_keys(*signature, kSignatureKeys, "signature");
        }
    }

    void read_sink(const YamlNode& map, std::set<std::string>& ids,
                   std::vector<WantedSink>& sinks) {
        if (!is_map(map, "a sink")) return;
        check_keys(map, kSinkKeys, "a sink");
        WantedSink sink;
        read_id(map, "a sink", ids, sink);
        sink.body["type"] = "table";
        read_common(map, sink);
        if (const auto* const signals = map.find("allowedSignals")) {
            sink.body["allowedSignals"] = to_json(*signals);
        }
        auto& table = sink.body["table"];
        table["type"] = "keboola";
        if (const auto id = text_of(map, "table")) table["tableId"] = *id;
        if (const auto target = text_of(map, "target")) table["target"] = *target;
        read_mapping(map, sink, table["mapping"]);
        sinks.push_back(std::move(sink));
    }

    void read_mapping(const YamlNode& map, WantedSink& sink, Json& mapping) {
        if (const auto preset = text_of(map, "preset")) mapping["preset"] = *preset;
        const auto* const given = map.find("columns");
        sink.has_columns = given != nullptr;
        if (given == nullptr) return;
        const auto before = mistakes_.count();
        auto& columns = mapping["columns"] = Json::array();
        for (const auto& item : list_of(map, "columns")) {
            if (auto column = column_of(item)) {
                check_column("sink " + sink.id, item.line, *column, column_mistakes(*column),
                             columns);
            }
        }
        if (columns.empty() && mistakes_.count() == before) {
            mistake(given->line, "\"columns\" of a sink has none");
        }
    }

    // Adds it to those before it.
    void check_column(std::string_view of, std::size_t line, const Json& column,
                      const std::vector<std::string>& mistakes, Json& columns) {
        const auto name = text_at(column, {"name"});
        const auto place = name.empty() ? fmt::format("a column of the {}", of)
                                        : fmt::format("{}, column {}", of, printable(name));
        for (const auto& text : mistakes) mistake(line, fmt::format("{}: {}", place, text));
        const auto is_like = [&](const Json& other) {
            return folded_name(text_at(other, {"name"})) == folded_name(name);
        };
        if (!name.empty() && std::ranges::any_of(columns, is_like)) {
            mistake(line, fmt::format("{}: it is there twice; names are compared without regard to "
                                      "case",
                                      place));
        }
        columns.push_back(column);
    }

    // A text as of --column, or an object as of the API.
    std::optional<Json> column_of(const YamlNode& node) {
        if (node.kind == YamlNode::Kind::scalar && node.scalar.is_string()) {
            auto column = parse_column(node.scalar.get<std::string>());
            if (column.ok()) return std::move(column).value();
            mistake(node.line, column.error().client_text());
            return std::nullopt;
        }
        return column_object(node, kColumnKeys);
    }

    std::optional<Json> column_object(const YamlNode& node, Keys keys) {
        if (!is_map(node, "a column that is no text")) return std::nullopt;
        check_keys(node, keys, "a column");
        return to_json(node);
    }

    void read_table(const YamlNode& map, std::vector<WantedTable>& tables) {
        if (!is_map(map, "a table")) return;
        check_keys(map, kTableKeys, "a table");
        WantedTable table;
        table.line = map.line;
        table.id = id_of(map, "a table", table_ids_);
        table.body["tableId"] = table.id;
        if (const auto target = text_of(map, "target")) table.body["target"] = *target;
        if (const auto kind = text_of(map, "kind")) table.body["kind"] = *kind;
        if (const auto* const parser = map.find("csvParser");
            parser != nullptr && !parser->is_null() && is_map(*parser, "\"csvParser\"")) {
            check_keys(*parser, kCsvKeys, "csvParser");
            table.body["csvParser"] = to_json(*parser);
        }
        auto& columns = table.body["columns"] = Json::array();
        for (const auto& item : list_of(map, "columns")) {
            if (auto column = table_column_of(item)) {
                check_column("table " + table.id, item.line, *column,
                             table_column_mistakes(*column), columns);
            }
        }
        if (columns.empty() && mistakes_.count() == 0)
            mistake(map.line, "a table needs \"columns\"");
        tables.push_back(std::move(table));
    }

    std::optional<Json> table_column_of(const YamlNode& node) {
        if (node.kind == YamlNode::Kind::scalar && node.scalar.is_string()) {
            auto column = parse_table_column(node.scalar.get<std::string>());
            if (column.ok()) return std::move(column).value();
            mistake(node.line, column.error().client_text());
            return std::nullopt;
        }
        return column_object(node, kTableColumnKeys);
    }

    LineMistakes mistakes_;
    std::set<std::string> source_ids_;
    std::set<std::string> table_ids_;
};

}  // namespace

Result<Definitions> read_definitions(const std::string& text) {
    TRY_ASSIGN(const auto file, parse_yaml(text));
    Reader reader;
    auto definitions = reader.read(file);
    TRY(reader.finish());
    return definitions;
}

}  // namespace millrace::cli
