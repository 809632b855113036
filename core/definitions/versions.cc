#include "core/definitions/versions.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <variant>

#include "core/mapping/template_program.h"
#include "core/model/detail_secrets.h"
#include "core/model/kind_settings.h"

namespace millrace::definitions {
namespace {

using SortedJson = nlohmann::json;  // keys in order: one text for one configuration

// FNV-1a, 64 bits.
std::string hash_of(const SortedJson& configuration) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : configuration.dump()) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1099511628211ULL;
    }
    return fmt::format("{:016x}", hash);
}

// Must never change: a version keeps the hash that it was given.
SortedJson configuration_of(const Column& column) {
    SortedJson json = {{"type", to_string(column.type)}, {"name", column.name}};
    if (column.primary_key) json["primaryKey"] = true;
    if (column.data_type != DataType::string) json["dataType"] = to_string(column.data_type);
    if (column.time_form != TimeForm::text) json["timeForm"] = to_string(column.time_form);
    if (!column.argument.empty()) json["argument"] = column.argument;
    if (column.type == ColumnType::path) json["path"] = column.path;
    if (column.default_value) json["defaultValue"] = *column.default_value;
    if (column.type == ColumnType::jsonnet) {
        json["template"] = {{"language", "jsonnet"}, {"content", column.template_text}};
        const auto compiled = mapping::TemplateProgram::compile(column.template_text);
        json["engine"] = compiled.ok() ? "compiled" : "jsonnet";
        if (!compiled.ok()) json["engineReason"] = compiled.error().client_text();
    }
    if (column.raw_string) json["rawString"] = true;
    return json;
}

// Keys of settings of a kind begin with `of_kind`. Others that are not known were of a later build.
SortedJson settings_of(const SettingOverrides& overrides, std::string_view of_kind) {
    auto json = SortedJson::object();
    for (const auto& [key, value] : overrides) {
        if (const auto* const setting = find_setting(key)) {
            json[key] = format_setting(*setting, value);
        } else if (!of_kind.empty() && key.starts_with(of_kind)) {
            json[key] = std::visit([](const auto& plain) { return SortedJson(plain); }, value);
        }
    }
    return json;
}

}  // namespace

std::string configuration_hash(const Source& source) {
    SortedJson json = {{"type", source.kind.value},
                       {"name", source.name},
                       {"description", source.description},
                       {"settings", settings_of(source.settings, setting_prefix(source.kind))}};
    if (source.details != "{}")
        json["details"] = without_detail_secrets(source.details);  // a hash is shown
    return hash_of(json);
}

std::string configuration_hash(const Sink& sink) {
    auto columns = SortedJson::array();
    for (const auto& column : sink.columns) columns.push_back(configuration_of(column));
    SortedJson json = {{"type", "table"},
                       {"name", sink.name},
                       {"description", sink.description},
                       {"tableId", sink.table.text()},
                       {"columns", columns},
                       {"settings", settings_of(sink.settings, {})}};
    if (sink.target != kDefaultTarget) json["target"] = sink.target.value;
    for (const auto signal : sink.signals) json["allowedSignals"].push_back(to_string(signal));
    return hash_of(json);
}

}  // namespace millrace::definitions
