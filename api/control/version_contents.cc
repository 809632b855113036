#include "api/control/version_contents.h"

#include <algorithm>
#include <span>

#include "api/control/source_kind.h"
#include "core/model/detail_secrets.h"

namespace millrace::control {
namespace {

const SettingSpec* find_spec(std::span<const SettingSpec> of_kind, std::string_view key) {
    if (const auto* const spec = find_setting(key)) return spec;
    const auto found = std::ranges::find(of_kind, key, &SettingSpec::key);
    return found == of_kind.end() ? nullptr : &*found;
}

OrderedJson render_overrides(const SettingOverrides& overrides,
                             std::span<const SettingSpec> of_kind) {
    auto settings = OrderedJson::array();
    for (const auto& [key, value] : overrides) {
        // What only another version of the program knows is kept, and cannot be shown.
        const auto* const spec = find_spec(of_kind, key);
        if (spec == nullptr) continue;
        settings.push_back({{"key", key}, {"value", render_setting_value(*spec, value)}});
    }
    return settings;
}

}  // namespace

OrderedJson render_contents(const Source& source, const Scope& scope) {
    OrderedJson json = {
        {"name", source.name},
        {"description", source.description},
        {"settings",
         render_overrides(source.settings, settings_of_kind(scope.source_kinds, source.kind))}};
    auto details = OrderedJson::parse(without_detail_secrets(source.details), nullptr,
                                      /*allow_exceptions=*/false);
    if (details.is_object() && !details.empty()) json[source.kind.value] = std::move(details);
    return json;
}

OrderedJson render_contents(const Sink& sink, const Scope& scope) {
    const auto whole = render(sink, scope);
    OrderedJson json = {{"name", sink.name},
                        {"description", sink.description},
                        {"settings", render_overrides(sink.settings, {})}};
    if (whole.contains("allowedSignals")) json["allowedSignals"] = whole["allowedSignals"];
    json["table"] = whole["table"];
    return json;
}

}  // namespace millrace::control
