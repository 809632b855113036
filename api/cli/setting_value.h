#pragma once
// Values of settings in a file: whether a setting can have one, before the service is asked, and
// whether it has it already.

#include "api/cli/json_fields.h"
#include "core/base/result.h"
#include "core/model/settings.h"

namespace millrace::cli {

// `value` is one scalar. What only the service can know, as whether a path is good, is left to it.
// Errors  invalid, with the text that the service has for it
Result<void> check_setting(const SettingSpec& spec, const Json& value);

// Whether a setting has the value already: a duration "60s" where it has "1m0s" (60000000000 too),
// a size "1MB" where it has "1024KB", and of all others the same value alone. `known` is the
// setting as the service answers it: its "validation" tells durations and sizes.
bool is_same_setting(const Json& known, const Json& wanted);

// "5m" and "5m0s".
bool is_same_duration(const Json& a, const Json& b);

}  // namespace millrace::cli
