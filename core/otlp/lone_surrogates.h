#pragma once
// Half a surrogate pair in a text of JSON ("\ud83d"): valid by RFC 8259 section 8.2, and made by
// whoever cuts a string of UTF-16 within a character, but no character. Paths of the mapping read
// it as U+FFFD, and so do requests of OTLP.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::otlp {

// The JSON with "\ufffd" in place of each. Nothing: it has none.
std::optional<std::string> without_lone_surrogates(std::string_view json);

}  // namespace millrace::otlp
