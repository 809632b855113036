#pragma once
// What the configuration of the node says about settings: [settings] KEY = value, --setting
// KEY=VALUE.

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/model/settings.h"

namespace millrace::config {

// Adds a value that was written as text; numbers and booleans are read from it where the setting
// has such a type. Protected settings may be set. `of_kinds` are those that kinds of sources have
// besides the general ones.
// Errors  invalid: an unknown key, a wrong type or out of bounds; `settings` is unchanged then
Result<void> assign_setting(std::string_view key, std::string_view text,
                            std::span<const SettingSpec> of_kinds, SettingOverrides& settings);

// The same of "KEY=VALUE".
Result<void> assign_setting_pair(std::string_view pair, std::span<const SettingSpec> of_kinds,
                                 SettingOverrides& settings);

}  // namespace millrace::config
