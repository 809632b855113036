#pragma once
// Whole numbers of more than 64 bits in a text of JSON (100000000000000000000): valid by RFC 8259
// section 6, and made by JavaScript and Go of the double 1e20, but refused by simdjson, wherever
// they are.

#include <optional>
#include <string>
#include <string_view>

namespace millrace::otlp {

// The JSON with ".0" behind each, so that it is read as a double. Nothing: it has none.
std::optional<std::string> with_large_numbers_as_reals(std::string_view json);

}  // namespace millrace::otlp
