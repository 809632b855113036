#include "core/model/timestamp.h"

#include <algorithm>
#include <array>

namespace millrace {
namespace {

using std::chrono::sys_days;
using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Time = std::chrono::microseconds;  // since midnight, or of an offset

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Mon", "Tue", "Wed", "Thu",
                                                       "Fri", "Sat", "Sun"};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Removes `prefix`; false where something else is.
bool skip(std::string_view& rest, std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
}

bool skip_any(std::string_view& rest, std::string_view characters) {
    if (rest.empty() || characters.find(rest.front()) == std::string_view::npos) return false;
    rest.remove_prefix(1);
    return true;
}

// Removes a number of exactly `digits` digits that is at most `max`.
std::optional<unsigned> take_number(std::string_view& rest, std::size_t digits, unsigned max) {
    unsigned value = 0;
    if (rest.size() < digits) return std::nullopt;
    for (const char c : rest.substr(0, digits)) {
        if (!is_digit(c)) return std::nullopt;
        value = 10 * value + static_cast<unsigned>(c - '0');
    }
    if (value > max) return std::nullopt;
    rest.remove_prefix(digits);
    return value;
}

// Removes one of the names; its place, from 1.
template <std::size_t n>
std::optional<unsigned> take_name(std::string_view& rest,
                                  const std::array<std::string_view, n>& names) {
    for (unsigned i = 0; i < n; ++i) {
        if (skip(rest, names[i])) return i + 1;
    }
    return std::nullopt;
}

std::optional<sys_days> day_of(unsigned year, unsigned month, unsigned day) {
    const auto date =
        std::chrono::year(static_cast<int>(year)) / static_cast<int>(month) / static_cast<int>(day);
    if (year == 0 || !date.ok()) return std::nullopt;
    return sys_days(date);
}

// Removes "2026-01-31".
std::optional<sys_days> take_date(std::string_view& rest) {
    const auto year = take_number(rest, 4, 9999);
    if (!year || !skip(rest, "-")) return std::nullopt;
    const auto month = take_number(rest, 2, 12);
    if (!month || !skip(rest, "-")) return std::nullopt;
    const auto day = take_number(rest, 2, 31);
    if (!day) return std::nullopt;
    return day_of(*year, *month, *day);
}

// Removes "31" or "1", also " 1" as asctime(3) writes it.
std::optional<unsigned> take_day(std::string_view& rest) {
    skip(rest, " ");
    if (const auto two = take_number(rest, 2, 31)) return two;
    return take_number(rest, 1, 9);
}

// Removes ".678" or ",678": 1 to 9 digits; zero where there is no mark.
std::optional<Time> take_fraction(std::string_view& rest) {
    constexpr std::size_t kShown = 6, kMax = 9;
    if (!skip_any(rest, ".,")) return Time(0);
    const auto digits = std::min(
        rest.size(), static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) -
                                              rest.begin()));
    if (digits == 0 || digits > kMax) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < kShown; ++i) {
        value = 10 * value + (i < digits ? rest[i] - '0' : 0);
    }
    rest.remove_prefix(digits);
    return Time(value);
}

// Removes "09:30:00.5", also without seconds; with " AM" or " PM" as some locales have it.
std::optional<Time> take_time(std::string_view& rest) {
    using namespace std::chrono;
    auto hour = take_number(rest, 2, 23);
    if (!hour || !skip(rest, ":")) return std::nullopt;
    const auto minute = take_number(rest, 2, 59);
    if (!minute) return std::nullopt;
    Time time = minutes(*minute);
    if (skip(rest, ":")) {
        const auto second = take_number(rest, 2, 59);
        if (!second) return std::nullopt;
        const auto fraction = take_fraction(rest);
        if (!fraction) return std::nullopt;
        time += seconds(*second) + *fraction;
    }
    const bool is_morning = skip(rest, " AM");
    if (is_morning || skip(rest, " PM")) {
        if (*hour == 0 || *hour > 12) return std::nullopt;
        hour = *hour % 12 + (is_morning ? 0 : 12);
    }
    return time + hours(*hour);
}

// Removes "Z", "UTC", "GMT", "+01:00", "+0100" or "+01"; zero where there is nothing of them.
std::optional<Time> take_offset(std::string_view& rest) {
    using namespace std::chrono;
    if (skip_any(rest, "Zz") || skip(rest, "UTC") || skip(rest, "GMT")) return Time(0);
    const bool is_west = rest.starts_with('-');
    if (!skip_any(rest, "+-")) return Time(0);
    const auto hour = take_number(rest, 2, 23);
    if (!hour) return std::nullopt;
    Time offset = hours(*hour);
    const bool has_colon = skip(rest, ":");
    if (has_colon || (!rest.empty() && is_digit(rest.front()))) {
        const auto minute = take_number(rest, 2, 59);
        if (!minute) return std::nullopt;
        offset += minutes(*minute);
    }
    return is_west ? -offset : offset;
}

// "2026-01-31T09:30:00.5+01:00"
std::optional<Instant> iso(std::string_view rest) {
    const auto day = take_date(rest);
    if (!day || !skip_any(rest, "Tt ")) return std::nullopt;
    const auto time = take_time(rest);
    if (!time) return std::nullopt;
    if (skip(rest, " ") && rest.empty()) return std::nullopt;
    const auto offset = take_offset(rest);
    if (!offset || !rest.empty()) return std::nullopt;
    return *day + *time - *offset;
}

// "Sat, 31 Jan 2026 09:30:00 +0100": the weekday may be missing, the zone not.
std::optional<Instant> mail(std::string_view rest) {
    if (take_name(rest, kWeekdays) && !skip(rest, ", ")) return std::nullopt;
    const auto day = take_day(rest);
    if (!day || !skip(rest, " ")) return std::nullopt;
    const auto month = take_name(rest, kMonths);
    if (!month || !skip(rest, " ")) return std::nullopt;
    const auto year = take_number(rest, 4, 9999);
    if (!year || !skip(rest, " ")) return std::nullopt;
    const auto time = take_time(rest);
    if (!time || !skip(rest, " ") || rest.empty()) return std::nullopt;
    const auto offset = take_offset(rest);
    const auto date = day_of(*year, *month, *day);
    if (!offset || !date || !rest.empty()) return std::nullopt;
    return *date + *time - *offset;
}

// "Sat Jan 31 09:30:00 UTC 2026": the zone may be missing.
std::optional<Instant> unix_date(std::string_view rest) {
    if (!take_name(rest, kWeekdays) || !skip(rest, " ")) return std::nullopt;
    const auto month = take_name(rest, kMonths);
    if (!month || !skip(rest, " ")) return std::nullopt;
    const auto day = take_day(rest);
    if (!day || !skip(rest, " ")) return std::nullopt;
    const auto time = take_time(rest);
    if (!time || !skip(rest, " ")) return std::nullopt;
    const auto offset = take_offset(rest);
    if (!offset) return std::nullopt;
    skip(rest, " ");
    const auto year = take_number(rest, 4, 9999);
    const auto date = year ? day_of(*year, *month, *day) : std::nullopt;
    if (!date || !rest.empty()) return std::nullopt;
    return *date + *time - *offset;
}

constexpr std::string_view kPlainForm = "0000-00-00T00:00:00";
constexpr std::size_t kPlainBytesMax = kPlainForm.size() + sizeof(".123456789Z") - 1;

constexpr std::array<int, 12> kDaysOfEveryYear = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

// Whether it is "2026-01-28T09:30:00Z", with up to nine digits behind a point or none, of a day
// that every year has: no calendar is needed to say that there is this time.
bool is_plain(std::string_view text) {
    constexpr auto kEnd = kPlainForm.size();
    if (text.size() <= kEnd || text.size() > kPlainBytesMax || text.back() != 'Z') return false;
    for (std::size_t i = 0; i < kEnd; ++i) {
        if (kPlainForm[i] == '0' ? !is_digit(text[i]) : text[i] != kPlainForm[i]) return false;
    }
    const auto two = [&](std::size_t at) { return 10 * (text[at] - '0') + text[at + 1] - '0'; };
    const int month = two(5), day = two(8);
    if (two(0) + two(2) == 0 || month < 1 || month > 12) return false;
    if (day < 1 || day > kDaysOfEveryYear[static_cast<std::size_t>(month - 1)]) return false;
    if (two(11) > 23 || two(14) > 59 || two(17) > 59) return false;
    const auto fraction = text.substr(kEnd, text.size() - kEnd - 1);
    if (fraction.empty()) return true;
    return fraction.front() == '.' && fraction.size() > 1 &&
           std::all_of(fraction.begin() + 1, fraction.end(), is_digit);
}

std::optional<Instant> parse_instant(std::string_view text) {
    auto instant = iso(text);
    if (!instant) instant = mail(text);
    if (!instant) instant = unix_date(text);
    if (!instant || !has_timestamp_text(*instant)) return std::nullopt;
    return instant;
}

}  // namespace

std::optional<sys_days> parse_date(std::string_view text) {
    const auto day = take_date(text);
    return text.empty() ? day : std::nullopt;
}

bool has_timestamp_text(Instant time) {
    using namespace std::chrono;
    constexpr sys_days kFirst = year(1) / January / 1, kBehindLast = year(10000) / January / 1;
    return time >= kFirst && time < kBehindLast;
}

bool is_timestamp(std::string_view text) {
    return is_plain(text) || parse_instant(text).has_value();
}

TimestampText::TimestampText(std::chrono::sys_time<std::chrono::microseconds> time) {
    using namespace std::chrono;
    const auto date = floor<days>(time);
    const year_month_day calendar(date);
    const hh_mm_ss clock(time - date);
    char* at = chars_.data();
    const auto put = [&](long value, int digits, char behind) {
        for (int i = digits; i > 0; --i, value /= 10)
            at[i - 1] = static_cast<char>('0' + value % 10);
        at[digits] = behind;
        at += digits + 1;
    };
    put(static_cast<int>(calendar.year()), 4, '-');
    put(static_cast<unsigned>(calendar.month()), 2, '-');
    put(static_cast<unsigned>(calendar.day()), 2, 'T');
    put(clock.hours().count(), 2, ':');
    put(clock.minutes().count(), 2, ':');
    put(clock.seconds().count(), 2, '.');
    put(clock.subseconds().count(), 6, 'Z');
}

// Most times are so already: what is missing, or too much, are digits of the fraction.
std::optional<TimestampText> parse_timestamp(std::string_view text) {
    if (is_plain(text)) {
        TimestampText plain;
        auto& chars = plain.chars_;
        const auto kept = text.substr(0, std::min(text.size(), chars.size()) - 1);
        const auto end = std::copy(kept.begin(), kept.end(), chars.begin());
        std::fill(end, chars.end(), '0');
        chars[kPlainForm.size()] = '.';
        chars.back() = 'Z';
        return plain;
    }
    const auto instant = parse_instant(text);
    if (!instant) return std::nullopt;
    return TimestampText(*instant);
}

}  // namespace millrace
