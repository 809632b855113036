#pragma once
// Values as Jsonnet prints them: keys sorted, strings with few escapes, numbers as doubles.
//
// The bytes are those of libjsonnet 0.18, but for `value`: there, numbers keep the text they were
// sent with.
//
// See  docs/mapping.md (Templates); tests/differential holds both against each other

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::mapping {

enum class JsonnetStyle {
    value,      // compact JSON: {"a":19.90,"b":[]}
    to_string,  // what `'' + x` gives: {"a": 19.899999999999999, "b": [ ]}
};

// Appends UTF-8 as a string in double quotes. Bytes that are not UTF-8 become U+FFFD.
void append_jsonnet_string(std::string& out, std::string_view text);

// A number as Jsonnet prints it: 17 digits, whole ones without exponent.
std::string jsonnet_number(double number);

// The double that a number's text means; nothing if it is too large for one.
std::optional<double> jsonnet_double(std::string_view text);

// Appends a valid JSON value. Stops soon after `out` has more than `bytes_max`.
// Errors  invalid    a number too large for a double, in the style to_string
//         too_large  `out` has more than `bytes_max`
Result<void> append_jsonnet(std::string& out, std::string_view json, JsonnetStyle style,
                            std::uint64_t bytes_max);

// The JSON string `quoted`, quotes included, as the text it means.
std::string unquoted(std::string_view quoted);

}  // namespace millrace::mapping
