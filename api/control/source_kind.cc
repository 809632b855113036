#include "api/control/source_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/control/http_source_part.h"
#include "api/control/scope.h"
#include "core/model/http_settings.h"

namespace millrace::control {

SourceKind http_source_kind() {
    return {
        .name = kHttpSource.value,
        .parse = parse_http_part,
        .patch = patch_http_part,
        .roll_back = roll_back_http_part,
        .render =
            [](const Source& source, const Scope& scope) {
                const auto& key = source.key;
                nlohmann::ordered_json json = {
                    {"url", fmt::format("{}/stream/{}/{}/{}", scope.ingest_url, key.project.value,
                                        key.source.value, source.secret.expose())}};
                add_webhook(json, source.details);
                if (source.retired) {
                    json["previousUrlUntil"] = format_utc(source.retired->until);
                }
                return json;
            },
        .row_bytes = webhook_row_bytes,
        .settings = {http_setting_specs().begin(), http_setting_specs().end()}};
}

const SourceKind* find_kind(std::span<const SourceKind> kinds, std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &SourceKind::name);
    return found == kinds.end() ? nullptr : &*found;
}

std::span<const SettingSpec> settings_of_kind(std::span<const SourceKind> kinds,
                                              const SourceKindName& name) {
    const auto* const kind = find_kind(kinds, name.value);
    if (kind == nullptr) return {};
    return kind->settings;
}

Result<void> check_columns(std::span<const SourceKind> kinds, const SourceKindName& kind,
                           const std::string& details, const std::vector<Column>& columns) {
    const auto* const found = find_kind(kinds, kind.value);
    if (found == nullptr || !found->check_columns) return {};
    return found->check_columns(details, columns);
}

}  // namespace millrace::control
