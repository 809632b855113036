#pragma once
// Bodies of events in JSON: as text where they are UTF-8, else in base64.

#include <optional>
#include <string>
#include <string_view>

#include "api/control/render.h"

namespace millrace::control {

// Sets `body` or `bodyBase64`.
void add_body(OrderedJson& json, std::string_view body);

// RFC 4648 4, with padding.
std::string encode_base64(std::string_view bytes);

// The same back; nothing for another text.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace millrace::control
