#pragma once
// Keys and signatures of webhooks as text.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::webhooks {

// Base64 with the digits of either alphabet, padded or not; nothing if it is none, or empty.
std::optional<std::string> decode_any_base64(std::string_view text);

}  // namespace millrace::webhooks
