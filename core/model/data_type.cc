#include "core/model/data_type.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

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

// Removes a number of exactly `digits` digits that is at most `max`.
std::optional<unsigned> take_number(std::string_view& rest, std::size_t digits, unsigned max) {
    unsigned value = 0;
    if (rest.size() < digits) return std::nullopt;
    for (const char c : rest.substr(0, digits)) {
        if (!is_digit(c)) return std::nullopt;
        value = 10 * value + static_cast<unsigned>(c - '0');
    }
    rest.remove_prefix(digits);
    if (value > max) return std::nullopt;
    return value;
}

// Removes a day of the calendar, "2026-01-02".
std::optional<std::chrono::sys_days> take_date(std::string_view& rest) {
    const auto year = take_number(rest, 4, 9999);
    if (!year || *year == 0 || !skip(rest, '-')) return std::nullopt;
    const auto month = take_number(rest, 2, 12);
    if (!month || !skip(rest, '-')) return std::nullopt;
    const auto day = take_number(rest, 2, 31);
    if (!day) return std::nullopt;
    const auto date = std::chrono::year(static_cast<int>(*year)) / static_cast<int>(*month) /
                      static_cast<int>(*day);
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

// Removes "03:04".
std::optional<std::chrono::minutes> take_minutes(std::string_view& rest) {
    const auto hours = take_number(rest, 2, 23);
    if (!hours || !skip(rest, ':')) return std::nullopt;
    const auto minutes = take_number(rest, 2, 59);
    if (!minutes) return std::nullopt;
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
}

// Removes ".678": 1 to 9 digits; zero where there is no point.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& rest) {
    constexpr std::size_t kShown = 6, kMax = 9;
    if (!skip(rest, '.')) return std::chrono::microseconds(0);
    auto digits = rest;
    const auto count = skip_digits(rest);
    if (count == 0 || count > kMax) return std::nullopt;
    digits = digits.substr(0, std::min(count, kShown));
    int value = 0;
    for (std::size_t i = 0; i < kShown; ++i) {
        value = 10 * value + (i < digits.size() ? digits[i] - '0' : 0);
    }
    return std::chrono::microseconds(value);
}

// Removes "Z" or "+01:00"; nothing at all is UTC.
std::optional<std::chrono::minutes> take_offset(std::string_view& rest) {
    if (rest.empty() || skip(rest, 'Z') || skip(rest, 'z')) return std::chrono::minutes(0);
    const bool west = skip(rest, '-');
    if (!west && !skip(rest, '+')) return std::nullopt;
    const auto offset = take_minutes(rest);
    if (!offset) return std::nullopt;
    return west ? -*offset : *offset;
}

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// Of the years 0001 to 9999 in UTC.
std::optional<Instant> parse_instant(std::string_view text) {
    using namespace std::chrono;
    const auto day = take_date(text);
    if (!day || !(skip(text, 'T') || skip(text, 't') || skip(text, ' '))) return std::nullopt;
    const auto time = take_minutes(text);
    if (!time || !skip(text, ':')) return std::nullopt;
    const auto second = take_number(text, 2, 59);
    if (!second) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;

    const Instant instant = *day + *time - *offset + seconds(*second) + *fraction;
    const year_month_day calendar(floor<days>(instant));
    if (calendar.year() < year(1) || calendar.year() > year(9999)) return std::nullopt;
    return instant;
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
            return "a time such as 2026-01-31T09:30:00.5Z or 2026-01-31 10:30:00+01:00";
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
    std::int64_t value = 0;
    if (!is_whole(text)) return std::nullopt;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc()) return std::nullopt;
    return value;
}

std::optional<double> parse_double(std::string_view text) {
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

std::optional<std::string> parse_timestamp(std::string_view text) {
    using namespace std::chrono;
    const auto instant = parse_instant(text);
    if (!instant) return std::nullopt;
    const auto date = floor<days>(*instant);
    const year_month_day calendar(date);
    const hh_mm_ss clock(*instant - date);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                       static_cast<int>(calendar.year()), static_cast<unsigned>(calendar.month()),
                       static_cast<unsigned>(calendar.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

bool fits(DataType type, std::string_view text) {
    switch (type) {
        case DataType::string:
        case DataType::json:
            return true;
        case DataType::integer:
            return parse_integer(text).has_value();
        case DataType::decimal:
            return is_decimal(text);
        case DataType::float64:
            return parse_double(text).has_value();
        case DataType::boolean:
            return parse_boolean(text).has_value();
        case DataType::date:
            return take_date(text) && text.empty();
        case DataType::timestamp:
            return parse_instant(text).has_value();
    }
    return false;
}

}  // namespace millrace
