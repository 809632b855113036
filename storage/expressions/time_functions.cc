#include "storage/expressions/time_functions.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "storage/expressions/expression_tokens.h"
#include "storage/expressions/function_environment.h"
#include "storage/expressions/local_time.h"
#include "storage/expressions/mysql_time_format.h"

namespace millrace::expressions::functions {
namespace {

constexpr std::int64_t kDaysFromYear0 = 719'528;  // to 1970-01-01, as to_days() counts

const TimeZone& zone_of(void* context) {
    return static_cast<const FunctionEnvironment*>(context)->zone;
}

std::optional<LocalTime> time_at(const Arguments& in, int position, void* context) {
    return parse_local_time(in.text(position), zone_of(context));
}

// Calls `of_time`, which returns a number or text, if the first argument is a time.
template <typename OfTime>
void with_time(const Arguments& in, FunctionResult& out, void* context, OfTime of_time) {
    if (const auto time = time_at(in, 0, context)) out.set(of_time(*time));
}

// Days since the year 0, which SQLite's functions do not have.
std::int64_t day_number(const LocalTime& time) {
    return time.day.time_since_epoch().count() + kDaysFromYear0;
}

void set(FunctionResult& out, const std::optional<LocalTime>& time) {
    if (time) out.set(time->text());
}

TimeUnit unit_at(const Arguments& in, int position) {
    return static_cast<TimeUnit>(in.integer(position));
}

}  // namespace

void to_date(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return time.date_text(); });
}

void to_datetime(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return time.datetime_text(); });
}

void cast_datetime(const Arguments& in, FunctionResult& out, void* context) {
    const auto time = time_at(in, 0, context);
    if (!time) return;
    const auto digits = static_cast<int>(std::clamp<std::int64_t>(in.integer(1), 0, 6));
    if (const auto near = rounded(*time, digits)) out.set(near->datetime_text(digits));
}

void year(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return std::int64_t{time.year()}; });
}

void quarter(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return std::int64_t{(time.month() + 2) / 3}; });
}

void month(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return std::int64_t{time.month()}; });
}

void day(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return std::int64_t{time.day_of_month()}; });
}

void hour(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return time.hour(); });
}

void minute(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return time.minute(); });
}

void second(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return time.second(); });
}

void microsecond(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return time.microseconds % 1'000'000; });
}

void dayofweek(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return std::int64_t{days_since_sunday(time) + 1}; });
}

void weekday(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) {
        return std::int64_t{(days_since_sunday(time) + 6) % 7};
    });
}

void dayofyear(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return std::int64_t{time.day_of_year()}; });
}

void week(const Arguments& in, FunctionResult& out, void* context) {
    const int mode = in.size() > 1 ? static_cast<int>(in.integer(1) & 7) : 0;
    with_time(in, out, context,
              [&](const LocalTime& time) { return std::int64_t{week_of_year(time, mode).week}; });
}

void weekofyear(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [](const LocalTime& time) { return std::int64_t{week_of_year(time, 3).week}; });
}

void yearweek(const Arguments& in, FunctionResult& out, void* context) {
    const int mode = in.size() > 1 ? static_cast<int>(in.integer(1) & 7) : 0;
    with_time(in, out, context, [&](const LocalTime& time) {
        const auto week = week_of_year(time, mode | kWeekWithYear);
        return std::int64_t{week.year} * 100 + week.week;
    });
}

void dayname(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return day_name(time); });
}

void monthname(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](const LocalTime& time) { return month_name(time); });
}

void last_day(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, [](LocalTime time) {
        const auto date = time.date();
        time.day = std::chrono::sys_days(date.year() / date.month() / std::chrono::last);
        return time.date_text();
    });
}

void to_days(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context, day_number);
}

void from_days(const Arguments& in, FunctionResult& out, void* /*context*/) {
    constexpr std::int64_t kDaysMax = 4'000'000;
    const auto number = std::clamp<std::int64_t>(in.integer(0), -kDaysMax, kDaysMax);
    const auto time = local_time_of((number - kDaysFromYear0) * 86'400);
    if (time) out.set(time->date_text());
}

void date_format(const Arguments& in, FunctionResult& out, void* context) {
    with_time(in, out, context,
              [&](const LocalTime& time) { return format_time(time, in.text(1)); });
}

void str_to_date(const Arguments& in, FunctionResult& out, void* /*context*/) {
    set(out, parse_time(in.text(0), in.text(1)));
}

// seconds[, pattern]; NULL before 1970.
void from_unixtime(const Arguments& in, FunctionResult& out, void* context) {
    const auto seconds = std::floor(in.real(0));
    if (!(seconds >= 0 && seconds < 253'402'300'800.0)) return;  // the year 10000
    const auto time = local_time_of(zone_of(context).local(static_cast<std::int64_t>(seconds)));
    if (!time) return;
    out.set(in.size() > 1 ? format_time(*time, in.text(1)) : time->datetime_text());
}

// time[, pattern]; 0 before 1970.
void unix_timestamp(const Arguments& in, FunctionResult& out, void* context) {
    const auto time = in.size() > 1 ? parse_time(in.text(0), in.text(1)) : time_at(in, 0, context);
    if (!time) return;
    const auto seconds = zone_of(context).unix_seconds(time->local_seconds());
    out.set(std::max<std::int64_t>(seconds, 0));
}

void date_add(const Arguments& in, FunctionResult& out, void* context) {
    const auto time = time_at(in, 0, context);
    if (time) set(out, moved(*time, unit_at(in, 2), in.integer(1)));
}

void date_diff(const Arguments& in, FunctionResult& out, void* context) {
    const auto later = time_at(in, 0, context);
    const auto earlier = time_at(in, 1, context);
    if (later && earlier) out.set(whole_units(*earlier, *later, unit_at(in, 2)));
}

void datediff(const Arguments& in, FunctionResult& out, void* context) {
    const auto later = time_at(in, 0, context);
    const auto earlier = time_at(in, 1, context);
    if (later && earlier) out.set(std::int64_t{(later->day - earlier->day).count()});
}

void date_trunc(const Arguments& in, FunctionResult& out, void* context) {
    const auto unit = time_unit_from(lower_case(in.text(1)));
    if (!unit)
        return out.fail(
            "the unit of date_trunc is year, quarter, month, week, day, hour, "
            "minute or second");
    with_time(in, out, context,
              [&](const LocalTime& time) { return begin_of(time, *unit).text(); });
}

void makedate(const Arguments& in, FunctionResult& out, void* /*context*/) {
    if (in.integer(1) <= 0) return;
    const auto first = local_day(in.integer(0), 1, 1);
    if (first) set(out, moved(*first, TimeUnit::day, in.integer(1) - 1));
}

}  // namespace millrace::expressions::functions
