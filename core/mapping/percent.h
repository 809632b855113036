#pragma once
// Percent-encoding (RFC 3986 2.1).

#include <cstddef>
#include <optional>
#include <string_view>

namespace millrace::mapping {

// -1 if it is none.
constexpr int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// The byte that the escape "%21" at `at` stands for; nothing if there is none.
constexpr std::optional<char> escaped_byte(std::string_view text, std::size_t at) {
    if (text[at] != '%' || text.size() - at < 3) return {};
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0) return {};
    return static_cast<char>(high * 16 + low);
}

}  // namespace millrace::mapping
