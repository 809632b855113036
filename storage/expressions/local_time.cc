#include "storage/expressions/local_time.h"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::expressions {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr int kYearMax = 9999;
constexpr int kDigitsMax = 6;  // behind the second

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The last `count` digits of a value that is not negative.
void append_digits(std::string& out, std::int64_t value, std::size_t count) {
    out.append(count, '0');
    for (auto at = out.size(); count > 0; --count) {
        out[--at] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

// The microseconds of the last of so many digits behind the second.
std::int64_t unit_of(int digits) {
    std::int64_t unit = 1;
    for (; digits < kDigitsMax; ++digits) unit *= 10;
    return unit;
}

// Reads numbers from the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool at_end() const { return text_.empty(); }
    std::string_view rest() const { return text_; }

    std::size_t digits() const {
        const auto* const end = std::find_if_not(text_.begin(), text_.end(), is_digit);
        return static_cast<std::size_t>(end - text_.begin());
    }

    bool take(std::string_view any_of) {
        if (text_.empty() || any_of.find(text_[0]) == std::string_view::npos) return false;
        text_.remove_prefix(1);
        return true;
    }

    // A number of 1 to `digits_max` digits, or exactly so many.
    bool number(std::int64_t& value, std::size_t digits_max, bool exactly = false) {
        const auto count = std::min(digits(), digits_max);
        if (count == 0 || (exactly && count != digits_max)) return false;
        value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text_[i] - '0');
        text_.remove_prefix(count);
        return true;
    }

    void skip_digits() { text_.remove_prefix(digits()); }

private:
    std::string_view text_;
};

struct Parts {
    std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    std::int64_t microsecond = 0;
    bool has_time = false;
};

std::int64_t full_year(std::int64_t two_digits) {
    return two_digits + (two_digits < 70 ? 2000 : 1900);
}

bool scan_fraction(Scanner& in, Parts& parts) {
    const auto before = in.digits();
    if (before == 0 || !in.number(parts.microsecond, 6)) return false;
    for (auto count = before; count < 6; ++count) parts.microsecond *= 10;
    in.skip_digits();
    return true;
}

// "9", "9:30", "09:30:00.25"
bool scan_clock(Scanner& in, Parts& parts) {
    parts.has_time = true;
    if (!in.number(parts.hour, 2)) return false;
    if (!in.take(":")) return true;
    if (!in.number(parts.minute, 2)) return false;
    if (!in.take(":")) return true;
    if (!in.number(parts.second, 2)) return false;
    return !in.take(".,") || scan_fraction(in, parts);
}

// Digits alone: 260131, 20260131, 260131093000, 20260131093000, and T093000 behind a day.
bool scan_compact(Scanner& in, Parts& parts) {
    const auto count = in.digits();
    const bool is_short = count == 6 || count == 12;
    if (!in.number(parts.year, is_short ? 2 : 4, true)) return false;
    if (is_short) parts.year = full_year(parts.year);
    if (!in.number(parts.month, 2, true) || !in.number(parts.day, 2, true)) return false;
    if (count <= 8) {
        if (in.digits() != 0 || !in.take("Tt ")) return in.digits() == 0;
        if (in.digits() != 6) return scan_clock(in, parts);
    }
    parts.has_time = true;
    return in.number(parts.hour, 2, true) && in.number(parts.minute, 2, true) &&
           in.number(parts.second, 2, true) && (!in.take(".") || scan_fraction(in, parts));
}

bool scan_separated(Scanner& in, Parts& parts) {
    constexpr std::string_view kSeparators = "-/.";
    const bool is_short = in.digits() == 2;
    if (!in.number(parts.year, 4) || !in.take(kSeparators)) return false;
    if (is_short) parts.year = full_year(parts.year);
    if (!in.number(parts.month, 2) || !in.take(kSeparators)) return false;
    if (!in.number(parts.day, 2)) return false;
    if (!in.take("Tt :")) return true;
    while (in.take(" ")) {
    }
    return in.at_end() || in.digits() == 0 || scan_clock(in, parts);
}

bool scan(Scanner& in, Parts& parts) {
    const auto count = in.digits();
    const bool is_compact = count == 6 || count == 8 || count == 12 || count == 14;
    return is_compact ? scan_compact(in, parts) : scan_separated(in, parts);
}

std::optional<LocalTime> time_of(const Parts& parts) {
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 59) return std::nullopt;
    auto time = local_day(parts.year, parts.month, parts.day);
    if (!time) return std::nullopt;
    time->microseconds =
        ((parts.hour * 60 + parts.minute) * 60 + parts.second) * kSecond + parts.microsecond;
    time->has_time = parts.has_time;
    return time;
}

std::optional<LocalTime> in_years(LocalTime time) {
    if (time.year() < 0 || time.year() > kYearMax) return std::nullopt;
    return time;
}

std::int64_t months_of(const LocalTime& time) {
    return std::int64_t{time.year()} * 12 + time.month() - 1;
}

std::int64_t microseconds_of(TimeUnit unit) {
    switch (unit) {
        case TimeUnit::second:
            return kSecond;
        case TimeUnit::minute:
            return 60 * kSecond;
        case TimeUnit::hour:
            return 3600 * kSecond;
        case TimeUnit::day:
            return kDay;
        case TimeUnit::week:
            return 7 * kDay;
        case TimeUnit::month:
        case TimeUnit::quarter:
        case TimeUnit::year:
            return 0;  // of several lengths
    }
    return 0;
}

std::int64_t months_of(TimeUnit unit) {
    return unit == TimeUnit::year ? 12 : unit == TimeUnit::quarter ? 3 : 1;
}

}  // namespace

std::optional<TimeUnit> time_unit_from(std::string_view lower_case) {
    static constexpr std::pair<std::string_view, TimeUnit> kUnits[] = {
        {"year", TimeUnit::year},     {"quarter", TimeUnit::quarter}, {"month", TimeUnit::month},
        {"week", TimeUnit::week},     {"day", TimeUnit::day},         {"hour", TimeUnit::hour},
        {"minute", TimeUnit::minute}, {"second", TimeUnit::second}};
    for (const auto& [name, unit] : kUnits) {
        if (lower_case == name) return unit;
        if (lower_case.ends_with('s') && lower_case.substr(0, lower_case.size() - 1) == name) {
            return unit;
        }
    }
    return std::nullopt;
}

int LocalTime::day_of_year() const {
    const sys_days first = date().year() / 1 / 1;
    return static_cast<int>((day - first).count()) + 1;
}

std::int64_t LocalTime::local_seconds() const {
    return std::int64_t{day.time_since_epoch().count()} * 86'400 + microseconds / kSecond;
}

std::string LocalTime::date_text() const {
    const auto parts = date();
    std::string text;
    append_digits(text, static_cast<int>(parts.year()), 4);
    text += '-';
    append_digits(text, static_cast<unsigned>(parts.month()), 2);
    text += '-';
    append_digits(text, static_cast<unsigned>(parts.day()), 2);
    return text;
}

std::string LocalTime::datetime_text() const {
    return datetime_text(microseconds % kSecond == 0 ? 0 : kDigitsMax);
}

std::string LocalTime::datetime_text(int digits) const {
    auto text = date_text();
    text += ' ';
    append_digits(text, hour(), 2);
    text += ':';
    append_digits(text, minute(), 2);
    text += ':';
    append_digits(text, second(), 2);
    if (digits == 0) return text;
    text += '.';
    append_digits(text, microseconds % kSecond / unit_of(digits), static_cast<std::size_t>(digits));
    return text;
}

std::optional<LocalTime> local_day(std::int64_t year, std::int64_t month, std::int64_t day) {
    if (year < 0 || year > kYearMax || month < 1 || month > 12 || day < 1 || day > 31) {
        return std::nullopt;
    }
    const auto date = std::chrono::year(static_cast<int>(year)) /
                      std::chrono::month(static_cast<unsigned>(month)) /
                      std::chrono::day(static_cast<unsigned>(day));
    if (!date.ok()) return std::nullopt;
    return LocalTime{.day = sys_days(date), .microseconds = 0, .has_time = false};
}

std::optional<LocalTime> local_time_of(std::int64_t local_seconds) {
    constexpr std::int64_t kSecondsMax = 400'000'000'000;  // beyond the year 9999
    if (local_seconds > kSecondsMax || local_seconds < -kSecondsMax) return std::nullopt;
    const auto day = std::chrono::floor<days>(std::chrono::seconds(local_seconds));
    const auto rest = local_seconds - std::int64_t{day.count()} * 86'400;
    return in_years({.day = sys_days(day), .microseconds = rest * kSecond, .has_time = true});
}

std::optional<LocalTime> parse_local_time(std::string_view text, const TimeZone& zone) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    Scanner in(text);
    Parts parts;
    if (!scan(in, parts)) return std::nullopt;
    auto time = time_of(parts);
    if (!time || in.at_end()) return time;

    while (in.take(" ")) {
    }
    std::int64_t offset = 0;
    const auto rest = in.rest();
    const bool is_utc = rest == "Z" || rest == "z" || rest == "UTC" || rest == "GMT";
    if (!is_utc && !parse_offset(rest, offset)) return std::nullopt;
    const auto fraction = time->microseconds % kSecond;
    time = local_time_of(zone.local(time->local_seconds() - offset));
    if (time) time->microseconds += fraction;
    return time;
}

std::optional<LocalTime> moved(const LocalTime& time, TimeUnit unit, std::int64_t count) {
    constexpr std::int64_t kCountMax = 400'000'000'000;  // seconds beyond the year 9999
    if (count > kCountMax || count < -kCountMax) return std::nullopt;
    auto result = time;
    const auto step = microseconds_of(unit);
    if (step == 0) {
        const auto months = months_of(time) + count * months_of(unit);
        if (months < 0 || months / 12 > kYearMax) return std::nullopt;
        const auto month = std::chrono::year(static_cast<int>(months / 12)) /
                           std::chrono::month(static_cast<unsigned>(months % 12) + 1);
        const auto last = (month / std::chrono::last).day();
        result.day = sys_days(month / std::min(time.date().day(), last));
        return result;
    }
    const auto per_day = kDay / std::min(step, kDay);
    const auto whole_days = step >= kDay ? count * (step / kDay) : count / per_day;
    auto rest = time.microseconds + (step >= kDay ? 0 : count % per_day * step);
    const auto carry = rest < 0 ? -1 : rest >= kDay ? 1 : 0;
    rest -= carry * kDay;
    constexpr std::int64_t kDaysMax = 4'000'000;
    if (whole_days > kDaysMax || whole_days < -kDaysMax) return std::nullopt;
    result.day += days(static_cast<int>(whole_days) + carry);
    result.microseconds = rest;
    result.has_time = time.has_time || step < kDay;
    return in_years(result);
}

std::optional<LocalTime> rounded(const LocalTime& time, int digits) {
    const auto unit = unit_of(digits);
    auto result = time;
    result.microseconds = (time.microseconds + unit / 2) / unit * unit;
    if (result.microseconds >= kDay) {
        result.microseconds -= kDay;
        result.day += days(1);
    }
    return in_years(result);
}

LocalTime begin_of(const LocalTime& time, TimeUnit unit) {
    auto result = time;
    const auto step = microseconds_of(unit);
    if (step != 0 && step < kDay) {
        result.microseconds -= result.microseconds % step;
        return result;
    }
    result.microseconds = 0;
    if (unit == TimeUnit::week) {
        result.day -= days((days_since_sunday(time) + 6) % 7);
    } else if (step == 0) {
        const auto months = months_of(time) / months_of(unit) * months_of(unit);
        const auto month = std::chrono::year(static_cast<int>(months / 12)) /
                           std::chrono::month(static_cast<unsigned>(months % 12) + 1);
        result.day = sys_days(month / 1);
    }
    return result;
}

std::int64_t whole_units(const LocalTime& from, const LocalTime& to, TimeUnit unit) {
    const auto step = microseconds_of(unit);
    const auto seconds = [](const LocalTime& time) { return time.local_seconds(); };
    if (step != 0) {
        auto difference = seconds(to) - seconds(from);
        const auto fraction = to.microseconds % kSecond - from.microseconds % kSecond;
        if (difference > 0 && fraction < 0) --difference;
        if (difference < 0 && fraction > 0) ++difference;
        return difference / (step / kSecond);
    }
    if (to < from) return -whole_units(to, from, unit);
    auto months = months_of(to) - months_of(from);
    const auto within = [](const LocalTime& time) {
        return std::pair(time.day_of_month(), time.microseconds);
    };
    if (within(to) < within(from)) --months;
    return months / months_of(unit);
}

int days_since_sunday(const LocalTime& time) {
    return static_cast<int>(std::chrono::weekday(time.day).c_encoding());
}

// MySQL's rule: bit 0 of the mode: weeks begin on Mondays; bit 1: week 0 is the last of the year
// before; bit 2: the first week is the one with the year's first such day, else the one with four
// days (for weeks that begin on Sundays the bit is the other way round).
WeekOfYear week_of_year(const LocalTime& time, int mode) {
    const bool begins_monday = (mode & 1) != 0;
    bool has_no_zero = (mode & kWeekWithYear) != 0;
    const bool by_first_day = ((mode & 4) != 0) == begins_monday;
    const auto first_of = [](int year) { return sys_days(std::chrono::year(year) / 1 / 1); };
    const auto weekday_of = [&](sys_days day) {
        const auto sunday_based = static_cast<int>(std::chrono::weekday(day).c_encoding());
        return begins_monday ? (sunday_based + 6) % 7 : sunday_based;
    };
    const auto is_of_last_year = [&](int weekday) {
        return by_first_day ? weekday != 0 : weekday >= 4;
    };

    WeekOfYear result{.year = time.year(), .week = 0};
    auto first = first_of(result.year);
    auto weekday = weekday_of(first);
    if (time.month() == 1 && static_cast<int>(time.day_of_month()) <= 7 - weekday &&
        is_of_last_year(weekday)) {
        if (!has_no_zero) return result;
        first = first_of(--result.year);
        weekday = weekday_of(first);
    }
    const auto begin = first + days(is_of_last_year(weekday) ? 7 - weekday : -weekday);
    const auto past = static_cast<int>((time.day - begin).count());
    if (has_no_zero && past >= 52 * 7) {
        const auto next_weekday = weekday_of(first_of(result.year + 1));
        if (!is_of_last_year(next_weekday)) return {.year = result.year + 1, .week = 1};
    }
    result.week = past / 7 + 1;
    return result;
}

}  // namespace millrace::expressions
