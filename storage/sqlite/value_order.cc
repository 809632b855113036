#include "storage/sqlite/value_order.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

// The digits at the front, which are taken away.
std::string_view take_digits(std::string_view& text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[count])) ++count;
    const auto digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

// 0.`digits` times ten to the power of `exponent`; digits neither begin nor end with 0.
struct Decimal {
    bool is_negative = false;
    std::string digits;
    std::int64_t exponent = 0;
};

std::optional<Decimal> decimal_of(std::string_view text) {
    text = without_blanks(text);
    Decimal decimal;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        decimal.is_negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const auto whole = take_digits(text);
    std::string_view behind;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        behind = take_digits(text);
    }
    if (whole.empty() && behind.empty()) return std::nullopt;
    if (!text.empty()) {
        if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
        text.remove_prefix(1);
        if (text.starts_with('+')) text.remove_prefix(1);
        int power = 0;
        const auto* const end = text.data() + text.size();
        const auto [stop, failure] = std::from_chars(text.data(), end, power);
        if (failure != std::errc() || stop != end) return std::nullopt;
        decimal.exponent = power;
    }
    decimal.digits.reserve(whole.size() + behind.size());
    decimal.digits.append(whole).append(behind);
    decimal.exponent += static_cast<std::int64_t>(whole.size());
    const auto first = decimal.digits.find_first_not_of('0');
    if (first == std::string::npos) return Decimal{};
    decimal.digits.erase(0, first);
    decimal.exponent -= static_cast<std::int64_t>(first);
    decimal.digits.erase(decimal.digits.find_last_not_of('0') + 1);
    return decimal;
}

int order_of(std::int64_t a, std::int64_t b) {
    return a < b ? -1 : (a > b ? 1 : 0);
}

int compare_sizes(const Decimal& a, const Decimal& b) {
    if (a.digits.empty() || b.digits.empty()) {  // zero
        return order_of(a.digits.empty() ? 0 : 1, b.digits.empty() ? 0 : 1);
    }
    if (a.exponent != b.exponent) return order_of(a.exponent, b.exponent);
    return a.digits.compare(b.digits);
}

// What means something is first; two that do not are compared as they are.
template <typename Value, typename Compare>
int compare_parsed(std::string_view a, std::string_view b, const std::optional<Value>& left,
                   const std::optional<Value>& right, Compare compare) {
    if (left && right) return compare(*left, *right);
    if (left || right) return left ? -1 : 1;
    return a.compare(b);
}

constexpr std::int64_t kMillisMax = 9'000'000'000'000'000;  // as microseconds still 64 bits

// The next number of exactly so many digits.
std::optional<int> take_number(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int number = 0;
    for (const char c : text.substr(0, count)) {
        if (!is_digit(c)) return std::nullopt;
        number = number * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return number;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

// Milliseconds since 1970, as a number of SQL is written.
std::optional<std::int64_t> millis_of(std::string_view text) {
    const bool is_negative = take(text, '-');
    const auto whole = take_digits(text);
    if (take(text, '.')) take_digits(text);
    if (whole.empty() || whole.size() > 16 || !text.empty()) return std::nullopt;
    std::int64_t millis = 0;
    std::from_chars(whole.data(), whole.data() + whole.size(), millis);
    if (millis > kMillisMax) return std::nullopt;
    return is_negative ? -millis : millis;
}

// "09:30", "09:30:00", "09:30:00.123456789": microseconds.
std::optional<std::int64_t> take_time(std::string_view& text) {
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t micros = (*hour * 60LL + *minute) * 60'000'000LL;
    if (!take(text, ':')) return micros;
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    micros += *second * 1'000'000LL;
    if (!take(text, '.')) return micros;
    const auto digits = take_digits(text);
    std::int64_t unit = 100'000;
    for (std::size_t i = 0; i < digits.size() && unit > 0; ++i, unit /= 10) {
        micros += (digits[i] - '0') * unit;
    }
    return micros;
}

// "Z", "+02:00", nothing: how far it is ahead of UTC, in microseconds.
std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
    const bool is_behind = text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const auto micros = (*hours * 60LL + *minutes) * 60'000'000LL;
    return is_behind ? -micros : micros;
}

// Microseconds since 1970.
std::optional<std::int64_t> instant_of(std::string_view text) {
    text = without_blanks(text);
    if (const auto millis = millis_of(text)) return *millis * 1000;
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const auto begin = days * 86'400'000'000LL;
    if (text.empty()) return begin;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return begin + *time - *offset;
}

// As tables keep them: these sort as texts.
bool is_kept_form(std::string_view text) {
    constexpr std::size_t kBytes = 27;  // "2026-01-31T09:30:00.000000Z"
    return text.size() == kBytes && text[10] == 'T' && text[26] == 'Z' && text[19] == '.';
}

template <int (*compare)(std::string_view, std::string_view)>
int collate(void* /*unused*/, int a_bytes, const void* a, int b_bytes, const void* b) noexcept {
    try {
        return compare({static_cast<const char*>(a), static_cast<std::size_t>(a_bytes)},
                       {static_cast<const char*>(b), static_cast<std::size_t>(b_bytes)});
    } catch (...) {  // without memory; nothing may be thrown through C
        return 0;
    }
}

}  // namespace

int compare_decimals(std::string_view a, std::string_view b) {
    return compare_parsed(a, b, decimal_of(a), decimal_of(b),
                          [](const Decimal& left, const Decimal& right) {
                              if (left.is_negative != right.is_negative) {
                                  return left.is_negative ? -1 : 1;
                              }
                              const auto order = compare_sizes(left, right);
                              return left.is_negative ? -order : order;
                          });
}

int compare_times(std::string_view a, std::string_view b) {
    if (is_kept_form(a) && is_kept_form(b)) return a.compare(b);
    return compare_parsed(a, b, instant_of(a), instant_of(b), order_of);
}

Result<void> add_value_orders(Database& database) {
    using Collate = int (*)(void*, int, const void*, int, const void*);
    const std::pair<std::string_view, Collate> orders[] = {
        {kDecimalOrder, &collate<compare_decimals>}, {kTimeOrder, &collate<compare_times>}};
    for (const auto& [name, order] : orders) {
        const int rc = sqlite3_create_collation_v2(database.handle(), std::string(name).c_str(),
                                                   SQLITE_UTF8, nullptr, order, nullptr);
        if (rc != SQLITE_OK) return error_from(rc, "add an order");
    }
    return {};
}

}  // namespace millrace::sqlite
