#pragma once
// Settings that a kind of source adds to those of core/model/settings.h. Only sources of the kind
// have them, never sinks, and only the kind and its door know what they mean.

#include <span>
#include <string>
#include <string_view>

#include "core/model/backend_names.h"
#include "core/model/settings.h"

namespace millrace {

// What their keys begin with: "source.kafka.".
std::string setting_prefix(const SourceKindName& kind);

// A general setting or one of the kind; null if there is none.
const SettingSpec* find_setting(std::string_view key, std::span<const SettingSpec> of_kind);

// What the node and the source set besides general settings, the stronger value of each key: what
// in_force() needs, as values of a source, for the settings of its kind. source.volume is among
// them: which volume takes rows is known where routes are served, not where they are made.
SettingOverrides kind_overrides(const SettingLevels& levels);

}  // namespace millrace
