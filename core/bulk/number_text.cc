#include "core/bulk/number_text.h"

#include <algorithm>
#include <charconv>

#include "core/model/data_type.h"

namespace millrace::bulk {
namespace {

constexpr int kExponentMax = 400;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
    std::size_t count = 0;
    while (count < rest.size() && is_digit(rest[count])) ++count;
    const auto digits = rest.substr(0, count);
    rest.remove_prefix(count);
    return digits;
}

// "-12.50e3" in its parts.
struct NumberParts {
    bool is_negative = false;
    std::string_view whole;     // without zeros at the front
    std::string_view fraction;  // as it was sent
    std::string_view exponent;  // with its "e"; may be empty
};

std::optional<NumberParts> parts_of(std::string_view text) {
    NumberParts parts;
    if (text.starts_with('-') || text.starts_with('+')) {
        parts.is_negative = text.front() == '-';
        text.remove_prefix(1);
    }
    parts.whole = take_digits(text);
    const bool has_whole = !parts.whole.empty();
    parts.whole.remove_prefix(std::min(parts.whole.find_first_not_of('0'), parts.whole.size()));
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        parts.fraction = take_digits(text);
    }
    if (!has_whole && parts.fraction.empty()) return std::nullopt;
    if (text.empty()) return parts;
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    parts.exponent = text;
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    return parts;
}

std::optional<int> exponent_of(const NumberParts& parts) {
    auto text = parts.exponent;
    if (text.empty()) return 0;
    text.remove_prefix(text.size() > 1 && text[1] == '+' ? 2 : 1);
    int value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || std::abs(value) > kExponentMax) return std::nullopt;
    return value;
}

// The parts without the exponent, in `digits` if there is one: zeros where there are no digits.
void move_point(NumberParts& parts, int exponent, std::string& digits) {
    if (exponent == 0) return;
    digits.append(parts.whole).append(parts.fraction);
    auto point = static_cast<int>(parts.whole.size()) + exponent;
    if (point < 0) digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = std::max(point, 0);
    if (static_cast<std::size_t>(point) > digits.size()) {
        digits.resize(static_cast<std::size_t>(point), '0');
    }
    std::string_view whole(digits);
    parts.fraction = whole.substr(static_cast<std::size_t>(point));
    whole = whole.substr(0, static_cast<std::size_t>(point));
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    parts.whole = whole;
}

// "-12.50" of its parts; at least one digit before the point.
void compose(const NumberParts& parts, std::string& out) {
    out.assign(parts.is_negative ? "-" : "");
    out += parts.whole.empty() ? "0" : parts.whole;
    if (parts.fraction.empty()) return;
    out += '.';
    out += parts.fraction;
}

}  // namespace

std::optional<std::string_view> integer_text(std::string_view text, bool truncates,
                                             std::string& scratch) {
    if (parse_integer(text)) return text;
    auto parts = parts_of(text);
    const auto exponent = parts ? exponent_of(*parts) : std::nullopt;
    if (!exponent) return std::nullopt;
    std::string digits;
    move_point(*parts, *exponent, digits);
    const bool has_point = *exponent == 0 && text.find('.') != std::string_view::npos;
    if ((has_point || !parts->fraction.empty()) && !truncates) return std::nullopt;
    scratch.assign(parts->is_negative && !parts->whole.empty() ? "-" : "");
    scratch += parts->whole.empty() ? "0" : parts->whole;
    if (!parse_integer(scratch)) return std::nullopt;
    return scratch;
}

std::optional<std::string_view> decimal_text(std::string_view text, std::string& scratch) {
    if (fits(DataType::decimal, text)) return text;
    auto parts = parts_of(text);
    const auto exponent = parts ? exponent_of(*parts) : std::nullopt;
    if (!exponent) return std::nullopt;
    std::string digits;
    move_point(*parts, *exponent, digits);
    compose(*parts, scratch);
    if (!fits(DataType::decimal, scratch)) return std::nullopt;
    return scratch;
}

std::optional<std::string_view> double_text(std::string_view text, std::string& scratch) {
    if (parse_double(text)) return text;
    const auto parts = parts_of(text);
    if (!parts) return std::nullopt;
    compose(*parts, scratch);
    scratch += parts->exponent;
    if (!parse_double(scratch)) return std::nullopt;
    return scratch;
}

}  // namespace millrace::bulk
