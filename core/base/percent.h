#pragma once
// Percent-encoding (RFC 3986 2.1).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

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

// The text with every escape replaced; a % that is none stays.
inline std::string percent_decoded(std::string_view text) {
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = escaped_byte(text, i);
        plain.push_back(byte.value_or(text[i]));
        if (byte) i += 2;
    }
    return plain;
}

}  // namespace millrace
