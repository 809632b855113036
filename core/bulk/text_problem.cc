#include "core/bulk/text_problem.h"

#include <charconv>
#include <cstdint>

#include "core/mapping/utf8.h"

namespace millrace::bulk {
namespace {

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

}  // namespace

std::optional<std::string_view> text_problem(DataType type, std::string_view text,
                                             bool checks_encoding) {
    if (type == DataType::json) {
        if (has_bad_escape(text)) return "the JSON has an escape of NUL or of half a character";
        return std::nullopt;
    }
    if (type != DataType::string) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return "the text has a NUL";
    if (checks_encoding && !mapping::is_valid_utf8(text)) return "the text is not UTF-8";
    return std::nullopt;
}

}  // namespace millrace::bulk
