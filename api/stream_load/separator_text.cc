#include "api/stream_load/separator_text.h"

#include <fmt/format.h>

#include <optional>

#include "api/stream_load/answer_texts.h"

namespace millrace::stream_load {
namespace {

bool begins_hex(std::string_view text) {
    return text.starts_with("\\x") || text.starts_with("\\X");
}

std::optional<unsigned> digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
    return std::nullopt;
}

Result<std::string> parse_hex(std::string_view text) {
    std::string digits;
    while (!text.empty()) {
        if (begins_hex(text)) {
            text.remove_prefix(2);
        } else {
            digits.push_back(text.front());
            text.remove_prefix(1);
        }
    }
    if (digits.empty()) return analysis_error("Hex str is empty");
    if (digits.size() % 2 != 0) return analysis_error("Hex str length error");
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto high = digit(digits[i]);
        const auto low = digit(digits[i + 1]);
        if (!high || !low) return analysis_error("Hex str format error");
        bytes.push_back(static_cast<char>(*high * 16 + *low));
    }
    return bytes;
}

// Nothing for a pair that stays as it is.
std::optional<char> unescaped(char c) {
    switch (c) {
        case '\\':
        case '\'':
        case '"':
            return c;
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'n':
            return '\n';
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<std::string> parse_separator(std::string_view text, std::string_view what) {
    if (text.empty()) return analysis_error(fmt::format("{} is null or empty", what));
    if (begins_hex(text)) return parse_hex(text);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto meant =
            text[i] == '\\' && i + 1 < text.size() ? unescaped(text[i + 1]) : std::optional<char>();
        plain.push_back(meant.value_or(text[i]));
        if (meant) ++i;
    }
    return plain;
}

}  // namespace millrace::stream_load
