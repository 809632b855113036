#include "core/mapping/text_problem.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

constexpr std::size_t kDigitsMax = 16'000;  // what numeric of PostgreSQL has behind its point

// Of the four digits of an escape; what is none is no escape that counts here.
std::uint32_t unit_at(std::string_view text, std::size_t at) {
    std::uint32_t unit = 1;
    if (at + 4 <= text.size()) std::from_chars(text.data() + at, text.data() + at + 4, unit, 16);
    return unit;
}

bool is_high(std::uint32_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(std::uint32_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

bool has_bad_escape(std::string_view json) {
    for (auto at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at)) {
        if (json.substr(at, 2) != "\\u") {
            at += 2;
            continue;
        }
        const auto unit = unit_at(json, at + 2);
        at += 6;
        if (unit == 0 || is_low(unit)) return true;
        if (!is_high(unit)) continue;
        if (at > json.size() || json.substr(at, 2) != "\\u" || !is_low(unit_at(json, at + 2)))
            return true;
        at += 6;
    }
    return false;
}

// The number that `json` begins with, without what it begins with.
std::string_view take_number(std::string_view& json) {
    const auto end = std::min(json.find_first_not_of("0123456789.eE+-"), json.size());
    const auto number = json.substr(0, end);
    json.remove_prefix(end);
    return number;
}

// Digits that are written and those that its power of ten adds, before the point or behind it.
bool is_huge(std::string_view number) {
    const auto at = number.find_first_of("eE");
    const auto written = number.substr(0, at).size();
    if (written > kDigitsMax) return true;
    if (at == std::string_view::npos) return false;
    auto power = number.substr(at + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    std::uint32_t value = 0;
    const auto read = std::from_chars(power.data(), power.data() + power.size(), value);
    return read.ec != std::errc() || written + value > kDigitsMax;
}

bool has_huge_number(std::string_view json) {
    while (!json.empty()) {
        if (json.front() == '"') {
            json.remove_prefix(1);
            for (auto at = json.find_first_of("\\\""); at != std::string_view::npos;
                 at = json.find_first_of("\\\"")) {
                const bool is_end = json[at] == '"';
                json.remove_prefix(std::min(json.size(), at + (is_end ? 1 : 2)));
                if (is_end) break;
            }
            continue;
        }
        const bool begins_number =
            json.front() == '-' || (json.front() >= '0' && json.front() <= '9');
        if (!begins_number) {
            json.remove_prefix(1);
        } else if (is_huge(take_number(json))) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<std::string_view> text_problem(DataType type, std::string_view text,
                                             bool checks_encoding) {
    if (type == DataType::json) {
        if (has_bad_escape(text)) return "the JSON has an escape of NUL or of half a character";
        if (has_huge_number(text)) return "the JSON has a number of more than 16,000 digits";
        return std::nullopt;
    }
    if (type != DataType::string) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return "the text has a NUL";
    if (checks_encoding && !mapping::is_valid_utf8(text)) return "the text is not UTF-8";
    return std::nullopt;
}

}  // namespace millrace::mapping
