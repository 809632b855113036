#pragma once
// check_setting(): whether a setting can have a value, before the service is asked.

#include "api/cli/json_fields.h"
#include "core/base/result.h"
#include "core/model/settings.h"

namespace millrace::cli {

// `value` is one scalar. What only the service can know, as whether a path is good, is left to it.
// Errors  invalid, with the text that the service has for it
Result<void> check_setting(const SettingSpec& spec, const Json& value);

}  // namespace millrace::cli
