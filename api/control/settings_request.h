#pragma once
// Settings in the bodies of requests.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/control/json_body.h"
#include "core/base/result.h"
#include "core/definitions/edit_context.h"
#include "core/model/settings.h"

namespace millrace::control {

enum class SettingsOwner { source, sink };

// The member "settings" of a body that has more than them: [{key, value}]. What is wrong with them
// is added to the problems, by the texts and names of parse_settings_patch().
definitions::SettingsPatch read_settings(ObjectReader& reader, SettingsOwner owner,
                                         std::span<const SettingSpec> of_kind, Problems& problems);

// {changeDescription?, settings?: [{key, value}]}; a value of null inherits again.
// `of_kind` are settings that the owner has besides the general ones.
// Errors  invalid  broken JSON, repeated keys, keys that the owner does not have, values of a wrong
//         type or out of bounds
//         invalid  stream.api.forbidden: protected keys
Result<definitions::SettingsPatch> parse_settings_patch(std::string_view body, SettingsOwner owner,
                                                        std::span<const SettingSpec> of_kind);

}  // namespace millrace::control
