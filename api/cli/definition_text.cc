#include "api/cli/definition_text.h"

#include "api/cli/column_argument.h"
#include "api/cli/entity_fields.h"
#include "api/cli/table_column.h"
#include "api/cli/yaml_text.h"

namespace millrace::cli {
namespace {

constexpr std::string_view kHead =
    "---\n"
    "# Sources, sinks, settings and tables of Millrace. Written by `millrace export`;\n"
    "# `millrace apply -f FILE` makes a service so. Secrets are left out.\n";

void add_text(YamlText& yaml, const char* key, const std::string& text,
              const std::string& usual = {}) {
    if (text != usual) yaml.field(key, Json(text));
}

// The settings that the entity has itself.
void add_settings(YamlText& yaml, const ActualEntity& entity, std::string_view origin) {
    bool is_open = false;
    for (const auto& setting : entity.settings) {
        if (text_at(setting, {"origin"}) != origin) continue;
        if (!is_open) yaml.open("settings");
        is_open = true;
        yaml.field(text_at(setting, {"key"}), member(setting, {"value"}));
    }
    if (is_open) yaml.close();
}

// What only the kind of a source has, but for what the service says of it.
void add_part(YamlText& yaml, const Json& source) {
    const auto type = text_at(source, {"type"});
    auto part = given_part(type, member(source, {type}));
    const bool has_secrets = take_masked(part);
    if (!part.empty()) yaml.field(type, part);
    const bool is_signed = count_at(source, {"http", "signature", "secretsCount"}) > 0;
    if (is_signed) {
        yaml.comment("http.signature.secrets: left out. Who makes the source elsewhere adds them.");
    }
    const auto& kafka = member(source, {"kafka"});
    if (kafka.contains("dropWhere") || kafka.contains("deleteWhere")) {
        yaml.comment(
            "The rules of its Pinot table for what is dropped and deleted are left out: only the "
            "documents of that table make them (docs/pinot.md).");
    }
    if (has_secrets) {
        yaml.comment("Secrets of " + type + ".properties are left out, too.");
    }
}

void add_sink(YamlText& yaml, const ActualEntity& sink, const ActualSource& source) {
    const auto& json = sink.definition;
    const auto id = text_at(json, {"sinkId"});
    yaml.begin_item();
    yaml.field("id", id);
    add_text(yaml, "name", text_at(json, {"name"}), usual_name(id));
    add_text(yaml, "description", text_at(json, {"description"}));
    if (is_disabled_itself(sink, source)) yaml.field("enabled", false);
    yaml.field("table", text_at(json, {"table", "tableId"}));
    add_text(yaml, "target", text_at(json, {"table", "target"}), "default");
    if (const auto& signals = member(json, {"allowedSignals"}); !signals.empty()) {
        yaml.field("allowedSignals", signals);
    }
    yaml.open("columns");
    for (const auto& column : member(json, {"table", "mapping", "columns"})) {
        const auto text = column_text(column);
        yaml.item(text ? Json(*text) : plain_column(column));
    }
    yaml.close();
    add_settings(yaml, sink, "sink");
    yaml.end_item();
}

void add_source(YamlText& yaml, const ActualSource& source) {
    const auto& json = source.definition;
    const auto id = text_at(json, {"sourceId"});
    yaml.begin_item();
    yaml.field("id", id);
    add_text(yaml, "type", text_at(json, {"type"}), "http");
    add_text(yaml, "name", text_at(json, {"name"}), usual_name(id));
    add_text(yaml, "description", text_at(json, {"description"}));
    if (source.is_disabled()) yaml.field("enabled", false);
    add_part(yaml, json);
    add_settings(yaml, source, "source");
    if (!source.sinks.empty()) {
        yaml.open("sinks");
        for (const auto& sink : source.sinks) add_sink(yaml, sink, source);
        yaml.close();
    }
    yaml.end_item();
}

void add_table(YamlText& yaml, const Json& table) {
    yaml.begin_item();
    yaml.field("id", text_at(table, {"tableId"}));
    add_text(yaml, "target", text_at(table, {"target"}), "default");
    add_text(yaml, "kind", text_at(table, {"kind"}), "logical");
    if (const auto& parser = member(table, {"csvParser"}); !parser.empty()) {
        yaml.field("csvParser", parser);
    }
    yaml.open("columns");
    for (const auto& column : member(table, {"columns"})) {
        const auto text = table_column_text(column);
        yaml.item(text ? Json(*text) : column);
    }
    yaml.close();
    yaml.end_item();
}

}  // namespace

std::string definition_text(const Actual& actual) {
    YamlText yaml;
    if (!actual.tables.empty()) {
        yaml.open("tables");
        for (const auto& table : actual.tables) add_table(yaml, table);
        yaml.close();
    }
    if (!actual.sources.empty()) {
        yaml.open("sources");
        for (const auto& source : actual.sources) add_source(yaml, source);
        yaml.close();
    }
    if (actual.tables.empty() && actual.sources.empty()) yaml.field("sources", Json::array());
    return std::string(kHead) + yaml.text() + "...\n";
}

}  // namespace millrace::cli
