#include "core/model/entity_id.h"

#include <algorithm>
#include <cstdint>

namespace millrace {
namespace {

constexpr std::uint32_t kTableBegin = 0xC0;  // À

// Letters without their accents for U+00C0 to U+017F; '-' where the character is no letter.
constexpr std::string_view kWithoutAccents =
    "AAAAAAACEEEEIIII"  // C0
    "DNOOOOO-OUUUUYTs"  // D0
    "aaaaaaaceeeeiiii"  // E0
    "dnooooo-ouuuuyty"  // F0
    "AaAaAaCcCcCcCcDd"  // 100
    "DdEeEeEeEeEeGgGg"  // 110
    "GgGgHhHhIiIiIiIi"  // 120
    "IiIiJjKkkLlLlLlL"  // 130
    "lLlNnNnNnnNnOoOo"  // 140
    "OoOoRrRrRrSsSsSs"  // 150
    "SsTtTtTtUuUuUuUu"  // 160
    "UuUuWwYyYZzZzZzs"  // 170
    ;
static_assert(kWithoutAccents.size() == 0x180 - kTableBegin);

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// The next character as an ASCII letter or digit, or '-'; advances `at` by one character.
char next_plain(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) {
        const auto c = static_cast<char>(first);
        return is_upper(c) || is_lower_or_digit(c) ? c : '-';
    }
    std::uint32_t code = 0;
    if ((first & 0xE0U) == 0xC0U && at < text.size()) {
        code = ((first & 0x1FU) << 6U) | (static_cast<unsigned char>(text[at]) & 0x3FU);
    }
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
    const bool known = code >= kTableBegin && code < kTableBegin + kWithoutAccents.size();
    return known ? kWithoutAccents[code - kTableBegin] : '-';
}

}  // namespace

std::string normalized_id(std::string_view text) {
    std::string id;
    bool in_upper_run = false;
    const auto add_dash = [&id] {
        if (!id.empty() && id.back() != '-') id.push_back('-');
    };
    for (std::size_t at = 0; at < text.size();) {
        const char c = next_plain(text, at);
        if (c == '-') {
            add_dash();
        } else if (is_upper(c)) {
            if (!in_upper_run) add_dash();
            id.push_back(static_cast<char>(c - 'A' + 'a'));
        } else {
            id.push_back(c);
        }
        in_upper_run = is_upper(c);
    }
    while (!id.empty() && id.back() == '-') id.pop_back();
    return id;
}

std::string id_from_name(std::string_view name) {
    auto id = normalized_id(name);
    if (id.size() > kEntityIdLengthMax) id.resize(kEntityIdLengthMax);
    while (!id.empty() && id.back() == '-') id.pop_back();
    return id;
}

bool is_entity_id(std::string_view text) {
    return !text.empty() && text.size() <= kEntityIdLengthMax &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

}  // namespace millrace
