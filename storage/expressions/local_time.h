#pragma once
// LocalTime: a day, or a day and a time of it, as clocks of the load's time zone show it.
//
// Thread  any.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/expressions/named_time_zone.h"

namespace millrace::expressions {

enum class TimeUnit { year, quarter, month, week, day, hour, minute, second };

std::optional<TimeUnit> time_unit_from(std::string_view lower_case);  // "day"; also "days"

struct LocalTime {
    std::chrono::sys_days day;
    std::int64_t microseconds = 0;  // of the day
    bool has_time = false;          // else it was written as a day alone

    std::chrono::year_month_day date() const { return {day}; }
    int year() const { return static_cast<int>(date().year()); }
    unsigned month() const { return static_cast<unsigned>(date().month()); }
    unsigned day_of_month() const { return static_cast<unsigned>(date().day()); }
    int day_of_year() const;  // from 1
    std::int64_t hour() const { return microseconds / 3'600'000'000; }
    std::int64_t minute() const { return microseconds / 60'000'000 % 60; }
    std::int64_t second() const { return microseconds / 1'000'000 % 60; }
    std::int64_t local_seconds() const;

    auto operator<=>(const LocalTime& other) const {
        return day == other.day ? microseconds <=> other.microseconds : day <=> other.day;
    }

    std::string date_text() const;      // "2026-01-31"
    std::string datetime_text() const;  // "2026-01-31 09:30:00", with ".250000" only if it is not 0
    std::string datetime_text(int digits) const;  // with so many behind the second, 0 to 6
    std::string text() const { return has_time ? datetime_text() : date_text(); }
};

// As Apache Doris reads them: "2026-1-31", "20260131", "2026/01/31 9:30",
// "2026-01-31T09:30:00.25Z", "2026-01-31:09:30:00".
// What has an offset is moved to `zone`. Years 0 to 9999.
std::optional<LocalTime> parse_local_time(std::string_view text, const TimeZone& zone);

// Nothing if it is none of the calendar.
std::optional<LocalTime> local_day(std::int64_t year, std::int64_t month, std::int64_t day);
std::optional<LocalTime> local_time_of(std::int64_t local_seconds);

// `count` units later, or earlier; the 31st becomes the last of a shorter month. With a time if the
// unit is of the time of day. Nothing beyond the years 0 to 9999.
std::optional<LocalTime> moved(const LocalTime& time, TimeUnit unit, std::int64_t count);

// To so many digits behind the second, 0 to 6, half up; nothing beyond the year 9999.
std::optional<LocalTime> rounded(const LocalTime& time, int digits);

// The begin of the unit that it is in; weeks begin on Mondays.
LocalTime begin_of(const LocalTime& time, TimeUnit unit);

// Whole units from `from` to `to`; negative if it is earlier.
std::int64_t whole_units(const LocalTime& from, const LocalTime& to, TimeUnit unit);

// The week of the year, as MySQL's modes 0 to 7 count it, and the year that it is of.
struct WeekOfYear {
    int year = 0;
    int week = 0;
};
WeekOfYear week_of_year(const LocalTime& time, int mode);
inline constexpr int kWeekWithYear = 2;  // in a mode: days before the first week are of last year

int days_since_sunday(const LocalTime& time);  // 0 to 6

}  // namespace millrace::expressions
