#include "api/control/versions.h"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "api/control/api_errors.h"
#include "api/control/render.h"

namespace millrace::control {
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

SortedJson settings_of(const SettingOverrides& overrides) {
    auto json = SortedJson::object();
    for (const auto& [key, value] : overrides) {
        // A later build may have known settings that this one does not.
        if (const auto* const setting = find_setting(key)) {
            json[key] = format_setting(*setting, value);
        }
    }
    return json;
}

}  // namespace

Result<void> check_version_left(const Source& source, const config::DefinitionLimits& limits) {
    if (source.version.number < limits.versions) return {};
    return version_limit_reached("source", limits.versions);
}

Result<void> check_version_left(const Sink& sink, const config::DefinitionLimits& limits) {
    if (sink.version.number < limits.versions) return {};
    return version_limit_reached("sink", limits.versions);
}

std::string configuration_hash(const Source& source) {
    return hash_of({{"type", "http"},
                    {"name", source.name},
                    {"description", source.description},
                    {"settings", settings_of(source.settings)}});
}

std::string configuration_hash(const Sink& sink) {
    auto columns = SortedJson::array();
    for (const auto& column : sink.columns) columns.push_back(SortedJson(render_column(column)));
    return hash_of({{"type", "table"},
                    {"name", sink.name},
                    {"description", sink.description},
                    {"tableId", sink.table.text()},
                    {"columns", columns},
                    {"settings", settings_of(sink.settings)}});
}

}  // namespace millrace::control
