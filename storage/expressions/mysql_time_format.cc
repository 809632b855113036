#include "storage/expressions/mysql_time_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "storage/expressions/expression_tokens.h"

namespace millrace::expressions {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

std::string_view of_mysql(std::string_view pattern) {
    static constexpr std::pair<std::string_view, std::string_view> kJava[] = {
        {"yyyyMMdd", "%Y%m%d"},
        {"yyyy-MM-dd", "%Y-%m-%d"},
        {"yyyy-MM-dd HH:mm:ss", "%Y-%m-%d %H:%i:%s"}};
    for (const auto& [java, mysql] : kJava) {
        if (pattern == java) return mysql;
    }
    return pattern;
}

std::string_view ending_of(unsigned day) {
    if (day >= 11 && day <= 13) return "th";
    return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : day % 10 == 3 ? "rd" : "th";
}

std::int64_t twelve_hour(const LocalTime& time) {
    return (time.hour() + 11) % 12 + 1;
}

void append(std::string& out, const LocalTime& time, char specification) {
    const auto to = std::back_inserter(out);
    const auto week = [&](int mode) { return week_of_year(time, mode); };
    switch (specification) {
        case 'a':
            out += day_name(time).substr(0, 3);
            break;
        case 'b':
            out += month_name(time).substr(0, 3);
            break;
        case 'c':
            fmt::format_to(to, "{}", time.month());
            break;
        case 'D':
            fmt::format_to(to, "{}{}", time.day_of_month(), ending_of(time.day_of_month()));
            break;
        case 'd':
            fmt::format_to(to, "{:02}", time.day_of_month());
            break;
        case 'e':
            fmt::format_to(to, "{}", time.day_of_month());
            break;
        case 'f':
            fmt::format_to(to, "{:06}", time.microseconds % 1'000'000);
            break;
        case 'H':
            fmt::format_to(to, "{:02}", time.hour());
            break;
        case 'h':
        case 'I':
            fmt::format_to(to, "{:02}", twelve_hour(time));
            break;
        case 'i':
            fmt::format_to(to, "{:02}", time.minute());
            break;
        case 'j':
            fmt::format_to(to, "{:03}", time.day_of_year());
            break;
        case 'k':
            fmt::format_to(to, "{}", time.hour());
            break;
        case 'l':
            fmt::format_to(to, "{}", twelve_hour(time));
            break;
        case 'M':
            out += month_name(time);
            break;
        case 'm':
            fmt::format_to(to, "{:02}", time.month());
            break;
        case 'p':
            out += time.hour() < 12 ? "AM" : "PM";
            break;
        case 'r':
            fmt::format_to(to, "{:02}:{:02}:{:02} {}", twelve_hour(time), time.minute(),
                           time.second(), time.hour() < 12 ? "AM" : "PM");
            break;
        case 'S':
        case 's':
            fmt::format_to(to, "{:02}", time.second());
            break;
        case 'T':
            fmt::format_to(to, "{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
            break;
        case 'U':
            fmt::format_to(to, "{:02}", week(0).week);
            break;
        case 'u':
            fmt::format_to(to, "{:02}", week(1).week);
            break;
        case 'V':
            fmt::format_to(to, "{:02}", week(2).week);
            break;
        case 'v':
            fmt::format_to(to, "{:02}", week(3).week);
            break;
        case 'W':
            out += day_name(time);
            break;
        case 'w':
            fmt::format_to(to, "{}", days_since_sunday(time));
            break;
        case 'X':
            fmt::format_to(to, "{:04}", week(2).year);
            break;
        case 'x':
            fmt::format_to(to, "{:04}", week(3).year);
            break;
        case 'Y':
            fmt::format_to(to, "{:04}", time.year());
            break;
        case 'y':
            fmt::format_to(to, "{:02}", time.year() % 100);
            break;
        default:
            out += specification;
    }
}

// Reads a text by a pattern.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    bool read(std::string_view pattern) {
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] == '%' && i + 1 < pattern.size()) {
                if (!field(pattern[++i])) return false;
            } else if (pattern[i] == ' ') {
                skip_blanks();
            } else if (!take(pattern[i])) {
                return false;
            }
        }
        skip_blanks();
        return true;
    }

    std::optional<LocalTime> time() const {
        auto hour = hour_;
        if (has_half_) {
            if (hour < 1 || hour > 12) return std::nullopt;
            hour = hour % 12 + (is_afternoon_ ? 12 : 0);
        }
        if (hour > 23 || minute_ > 59 || second_ > 59) return std::nullopt;
        auto time = local_day(year_, month_, day_);
        if (time && day_of_year_ > 0) {
            time = local_day(year_, 1, 1);
            if (time) time = moved(*time, TimeUnit::day, day_of_year_ - 1);
            if (time && time->year() != year_) return std::nullopt;
        }
        if (!time) return std::nullopt;
        time->microseconds = ((hour * 60 + minute_) * 60 + second_) * 1'000'000 + microsecond_;
        time->has_time = has_time_;
        return time;
    }

private:
    void skip_blanks() {
        while (text_.starts_with(' ')) text_.remove_prefix(1);
    }
    bool take(char c) {
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    // 1 to `digits_max` digits; returns how many.
    std::size_t number(std::int64_t& value, std::size_t digits_max) {
        std::size_t count = 0;
        value = 0;
        while (count < digits_max && count < text_.size() && text_[count] >= '0' &&
               text_[count] <= '9') {
            value = value * 10 + (text_[count++] - '0');
        }
        text_.remove_prefix(count);
        return count;
    }
    bool clock(std::int64_t& value) {
        has_time_ = true;
        return number(value, 2) > 0;
    }
    template <std::size_t size>
    bool name(const std::array<std::string_view, size>& names, std::size_t length,
              std::int64_t& index) {
        for (std::size_t i = 0; i < size; ++i) {
            const auto wanted = names[i].substr(0, length);
            if (lower_case(text_.substr(0, wanted.size())) != lower_case(wanted)) continue;
            text_.remove_prefix(wanted.size());
            index = static_cast<std::int64_t>(i);
            return true;
        }
        return false;
    }

    bool field(char specification) {
        std::int64_t ignored = 0;
        switch (specification) {
            case 'Y':
                return number(year_, 4) > 0;
            case 'y':
                if (number(year_, 2) == 0) return false;
                year_ += year_ < 70 ? 2000 : 1900;
                return true;
            case 'm':
            case 'c':
                return number(month_, 2) > 0;
            case 'd':
            case 'e':
                return number(day_, 2) > 0;
            case 'j':
                return number(day_of_year_, 3) > 0;
            case 'H':
            case 'k':
                return clock(hour_);
            case 'h':
            case 'I':
            case 'l':
                has_half_ = true;
                return clock(hour_);
            case 'i':
                return clock(minute_);
            case 'S':
            case 's':
                return clock(second_);
            case 'f': {
                const auto digits = number(microsecond_, 6);
                for (auto i = digits; i < 6; ++i) microsecond_ *= 10;
                number(ignored, 18);
                has_time_ = true;
                return digits > 0;
            }
            case 'p': {
                const auto word = lower_case(text_.substr(0, 2));
                if (word != "am" && word != "pm") return false;
                is_afternoon_ = word == "pm";
                has_half_ = true;
                text_.remove_prefix(2);
                return true;
            }
            case 'M':
            case 'b':
                if (!name(kMonths, specification == 'M' ? 9 : 3, month_)) return false;
                ++month_;
                return true;
            case 'W':
            case 'a':
                return name(kDays, specification == 'W' ? 9 : 3, ignored);
            case 'T':
                return read("%H:%i:%S");
            case 'r':
                return read("%I:%i:%S %p");
            case '%':
                return take('%');
            default:
                return false;
        }
    }

    std::string_view text_;
    std::int64_t year_ = 0, month_ = 1, day_ = 1, day_of_year_ = 0;
    std::int64_t hour_ = 0, minute_ = 0, second_ = 0, microsecond_ = 0;
    bool has_time_ = false;
    bool has_half_ = false;  // hours are of half a day
    bool is_afternoon_ = false;
};

}  // namespace

std::string format_time(const LocalTime& time, std::string_view pattern) {
    pattern = of_mysql(pattern);
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '%' && i + 1 < pattern.size()) {
            append(out, time, pattern[++i]);
        } else {
            out += pattern[i];
        }
    }
    return out;
}

std::optional<LocalTime> parse_time(std::string_view text, std::string_view pattern) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    Reader reader(text);
    if (!reader.read(of_mysql(pattern))) return std::nullopt;
    return reader.time();
}

std::string_view month_name(const LocalTime& time) {
    return kMonths[time.month() - 1];
}

std::string_view day_name(const LocalTime& time) {
    return kDays[static_cast<std::size_t>(days_since_sunday(time))];
}

}  // namespace millrace::expressions
