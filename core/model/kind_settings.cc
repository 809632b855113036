#include "core/model/kind_settings.h"

#include <algorithm>

#include "core/model/volume_setting.h"

namespace millrace {

std::string setting_prefix(const SourceKindName& kind) {
    return "source." + kind.value + ".";
}

const SettingSpec* find_setting(std::string_view key, std::span<const SettingSpec> of_kind) {
    if (const auto* const general = find_setting(key)) return general;
    const auto found = std::ranges::find(of_kind, key, &SettingSpec::key);
    return found == of_kind.end() ? nullptr : &*found;
}

SettingOverrides kind_overrides(const SettingLevels& levels) {
    SettingOverrides overrides;
    for (const auto* const level : {&levels.source, &levels.node}) {
        for (const auto& [key, value] : *level) {
            const bool is_carried = find_setting(key) == nullptr || key == kVolumeSetting;
            if (is_carried) overrides.emplace(key, value);
        }
    }
    return overrides;
}

}  // namespace millrace
