#pragma once
// Ready-made mappings: templates/presets/NAME.json, as they are in the binary.
//
// Format  {"columns": [...]}, as a mapping in a request; of records of OpenTelemetry also
//         {"allowedSignals": [...]}, as in a sink
// See     docs/webhooks.md

#include <span>
#include <string>
#include <string_view>

namespace millrace::control {

struct MappingPreset {
    std::string_view name;
    std::string_view bytes;
};

// Ordered by name.
std::span<const MappingPreset> mapping_presets();

// Null if there is none of that name.
inline const MappingPreset* find_mapping_preset(std::string_view name) {
    for (const auto& preset : mapping_presets()) {
        if (preset.name == name) return &preset;
    }
    return nullptr;
}

// "github", "meta", ...: for messages.
inline std::string mapping_preset_names() {
    std::string names;
    for (const auto& preset : mapping_presets()) {
        names += std::string(names.empty() ? "" : ", ") + "\"" + std::string(preset.name) + "\"";
    }
    return names;
}

}  // namespace millrace::control
