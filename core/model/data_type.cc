#include "core/model/data_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/model/timestamp.h"

namespace millrace {
namespace {

constexpr std::size_t kDecimalDigitsMax = 38;

constexpr DataType kTypes[] = {DataType::string,    DataType::integer, DataType::decimal,
                               DataType::float64,   DataType::boolean, DataType::date,
                               DataType::timestamp, DataType::json};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Removes the digits at the start of `rest` and returns how many there were.
std::size_t skip_digits(std::string_view& rest) {
    const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - rest.begin());
    rest.remove_prefix(count);
    return count;
}

bool skip(std::string_view& rest, char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
}

// Removes "-12" or "0"; false for "", "-", "012". Returns the number of digits.
std::optional<std::size_t> skip_whole(std::string_view& rest) {
    skip(rest, '-');
    const bool begins_with_zero = rest.starts_with('0');
    const auto digits = skip_digits(rest);
    if (digits == 0 || (begins_with_zero && digits > 1)) return std::nullopt;
    return digits;
}

// Removes ".25" where there is one; nothing for a point without digits.
std::optional<std::size_t> skip_fraction(std::string_view& rest) {
    if (!skip(rest, '.')) return 0;
    const auto digits = skip_digits(rest);
    if (digits == 0) return std::nullopt;
    return digits;
}

bool is_whole(std::string_view text) {
    return skip_whole(text) && text.empty();
}

bool is_decimal(std::string_view text) {
    const auto whole = skip_whole(text);
    if (!whole) return false;
    const auto fraction = skip_fraction(text);
    return fraction && text.empty() && *whole + *fraction <= kDecimalDigitsMax;
}

// The grammar of JSON.
bool is_number(std::string_view text) {
    if (!skip_whole(text) || !skip_fraction(text)) return false;
    if (skip(text, 'e') || skip(text, 'E')) {
        if (!skip(text, '+')) skip(text, '-');
        if (skip_digits(text) == 0) return false;
    }
    return text.empty();
}

// Whether it is a number that needs no look at its value: it is too short to be out of range.
bool is_short_integer(std::string_view text) {
    constexpr std::size_t kDigitsMax = std::numeric_limits<std::int64_t>::digits10;
    const auto digits = skip_whole(text);
    return digits && text.empty() && *digits <= kDigitsMax;
}

bool is_short_number(std::string_view text) {
    constexpr std::size_t kBytesMax = std::numeric_limits<double>::max_exponent10;
    if (text.size() >= kBytesMax) return false;
    return skip_whole(text) && skip_fraction(text) && text.empty();
}

// "-12.50" in its parts: what most numbers are.
struct ExactNumber {
    std::int64_t digits = 0;  // without the point
    std::size_t fraction = 0;
    bool is_negative = false;
    bool has_point = false;
};

// Nothing: it has more than 15 digits, is spelt otherwise, or is no number.
std::optional<ExactNumber> exact_number(std::string_view text) {
    constexpr std::size_t kDigitsMax = 15;  // a double holds every whole number of so many
    ExactNumber number{.is_negative = text.starts_with('-')};
    if (number.is_negative) text.remove_prefix(1);
    if (text.empty() || text.size() > kDigitsMax + 1) return std::nullopt;
    const auto take_digits = [&text, &number] {
        std::size_t count = 0;
        for (; count < text.size() && is_digit(text[count]); ++count) {
            number.digits = 10 * number.digits + (text[count] - '0');
        }
        text.remove_prefix(count);
        return count;
    };
    const bool begins_with_zero = text.front() == '0';
    const auto whole = take_digits();
    if (whole == 0 || (begins_with_zero && whole > 1)) return std::nullopt;
    number.has_point = skip(text, '.');
    if (number.has_point) number.fraction = take_digits();
    const bool is_whole = text.empty() && number.has_point == (number.fraction > 0);
    if (!is_whole || whole + number.fraction > kDigitsMax) return std::nullopt;
    return number;
}

// The quotient of two doubles that are exact is the double that is next to the number.
double value_of(const ExactNumber& number) {
    constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const auto value = static_cast<double>(number.digits) / kPowers[number.fraction];
    return number.is_negative ? -value : value;
}

// Whether it is a day that every month has, which most are.
bool is_plain_day(std::string_view text) {
    constexpr std::string_view kForm = "0000-00-00";
    if (text.size() != kForm.size()) return false;
    for (std::size_t i = 0; i < kForm.size(); ++i) {
        if (kForm[i] == '0' ? !is_digit(text[i]) : text[i] != kForm[i]) return false;
    }
    const auto two = [&](std::size_t at) { return 10 * (text[at] - '0') + text[at + 1] - '0'; };
    const int month = two(5), day = two(8);
    return two(0) + two(2) > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 28;
}

}  // namespace

std::string_view to_string(DataType type) {
    switch (type) {
        case DataType::string:
            return "STRING";
        case DataType::integer:
            return "INTEGER";
        case DataType::decimal:
            return "DECIMAL";
        case DataType::float64:
            return "DOUBLE";
        case DataType::boolean:
            return "BOOLEAN";
        case DataType::date:
            return "DATE";
        case DataType::timestamp:
            return "TIMESTAMP";
        case DataType::json:
            return "JSON";
    }
    return "STRING";
}

std::optional<DataType> data_type_from(std::string_view text) {
    for (const auto type : kTypes) {
        if (text == to_string(type)) return type;
    }
    return std::nullopt;
}

std::string_view rule_of(DataType type) {
    switch (type) {
        case DataType::string:
            return "any text";
        case DataType::integer:
            return "a whole number from -9223372036854775808 to 9223372036854775807";
        case DataType::decimal:
            return "digits with or without a decimal point, at most 38, no exponent";
        case DataType::float64:
            return "a number that a double can hold";
        case DataType::boolean:
            return "true, false, 1 or 0";
        case DataType::date:
            return "a day such as 2026-01-31";
        case DataType::timestamp:
            return "a time such as 2026-01-31T09:30:00.5Z, 2026-01-31 10:30:00+01 or Sat, 31 Jan "
                   "2026 "
                   "09:30:00 GMT";
        case DataType::json:
            return "JSON";
    }
    return "";
}

bool is_null(DataType type, std::string_view text) {
    if (type == DataType::string) return false;
    return text.empty() || (is_unquoted(type) && text == "null");
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (const auto number = exact_number(text); number && !number->has_point) {
        return number->is_negative ? -number->digits : number->digits;
    }
    std::int64_t value = 0;
    if (!is_whole(text)) return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc()) return std::nullopt;
    return value;
}

std::optional<double> parse_double(std::string_view text) {
    if (const auto number = exact_number(text)) return value_of(*number);
    double value = 0;
    if (!is_number(text)) return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc()) return std::nullopt;
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
}

bool fits(DataType type, std::string_view text) {
    switch (type) {
        case DataType::string:
        case DataType::json:
            return true;
        case DataType::integer:
            return is_short_integer(text) || parse_integer(text).has_value();
        case DataType::decimal:
            return is_decimal(text);
        case DataType::float64:
            return is_short_number(text) || parse_double(text).has_value();
        case DataType::boolean:
            return parse_boolean(text).has_value();
        case DataType::date:
            return is_plain_day(text) || parse_date(text).has_value();
        case DataType::timestamp:
            return is_timestamp(text);
    }
    return false;
}

}  // namespace millrace
