#pragma once
// Days, times and instants of Avro as the texts that slices have. Each writes at `at`, 27 bytes at
// most, and returns the end; null: it is none, or one of a year that slices cannot have.
//
// See  docs/upload.md ("Avro")

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace millrace::bulk {

inline constexpr std::size_t kAvroTimeBytes = 27;

namespace avro_time {

inline constexpr std::int64_t kDayMicros = 86'400'000'000;
inline constexpr std::int64_t kDaysMax = 4'000'000;  // far from overflow

// As many digits as `width`.
inline char* put(char* at, std::int64_t value, int width) {
    for (int i = width; i-- > 0;) {
        at[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return at + width;
}

}  // namespace avro_time

// Days since 1970: "2026-01-31".
inline char* put_avro_date(char* at, std::int64_t days) {
    using avro_time::put;
    if (days <= -avro_time::kDaysMax || days >= avro_time::kDaysMax) return nullptr;
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    const auto year = static_cast<int>(date.year());
    if (year < 1 || year > 9999) return nullptr;
    at = put(at, year, 4);
    *at++ = '-';
    at = put(at, static_cast<unsigned>(date.month()), 2);
    *at++ = '-';
    return put(at, static_cast<unsigned>(date.day()), 2);
}

// Of the day, in units of so many microseconds: "09:30:00.000000".
inline char* put_avro_time(char* at, std::int64_t number, std::int64_t unit) {
    using avro_time::put;
    if (number < 0 || number >= avro_time::kDayMicros / unit) return nullptr;
    const auto all = number * unit;
    const auto seconds = all / 1'000'000;
    at = put(at, seconds / 3600, 2);
    *at++ = ':';
    at = put(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put(at, seconds % 60, 2);
    *at++ = '.';
    return put(at, all % 1'000'000, 6);
}

// Since 1970, in units of so many microseconds: "2026-01-31T09:30:00.000000Z".
inline char* put_avro_instant(char* at, std::int64_t number, std::int64_t unit) {
    const auto units_of_day = avro_time::kDayMicros / unit;
    auto days = number / units_of_day;
    if (number % units_of_day < 0) --days;
    at = put_avro_date(at, days);
    if (at == nullptr) return nullptr;
    *at++ = 'T';
    at = put_avro_time(at, number - days * units_of_day, unit);
    *at++ = 'Z';
    return at;
}

}  // namespace millrace::bulk
