#include "core/bulk/cell_value.h"

#include <array>
#include <chrono>
#include <cstring>

#include "core/bulk/bulk_time.h"
#include "core/bulk/number_text.h"
#include "core/bulk/source_row.h"
#include "core/model/timestamp.h"

namespace millrace::bulk {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;

constexpr std::string_view kDay = "2026-01-31";
constexpr std::string_view kSecond = "2026-01-31T09:30:00";

std::optional<std::string_view> boolean(std::string_view text) {
    if (text == "1" || is_same_name(text, "true")) return "1";
    if (text == "0" || is_same_name(text, "false")) return "0";
    return std::nullopt;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Of two digits.
int two(const char* p) {
    return 10 * (p[0] - '0') + (p[1] - '0');
}

int days_in(int year, int month) {
    constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// Whether ten bytes are a day as slices have it.
bool is_day(const char* p) {
    for (const int i : {0, 1, 2, 3, 5, 6, 8, 9}) {
        if (!is_digit(p[i])) return false;
    }
    if (p[4] != '-' || p[7] != '-') return false;
    const int year = 100 * two(p) + two(p + 2);
    const int month = two(p + 5);
    const int day = two(p + 8);
    return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month);
}

// Whether the bytes behind a day are "T09:30:00", with any mark in the place of the T.
bool is_second(const char* p) {
    if ((p[0] != ' ' && p[0] != 'T') || p[3] != ':' || p[6] != ':') return false;
    for (const int i : {1, 2, 4, 5, 7, 8}) {
        if (!is_digit(p[i])) return false;
    }
    return two(p + 1) < 24 && two(p + 4) < 60 && two(p + 7) < 60;
}

void write_number(char* at, int digits, long long value) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// Nothing if the year has not four digits.
std::optional<std::string_view> write_day(char* at, sys_days day) {
    const std::chrono::year_month_day calendar(day);
    const auto year = static_cast<int>(calendar.year());
    if (year < 1 || year > 9999) return std::nullopt;
    write_number(at, 4, year);
    at[4] = at[7] = '-';
    write_number(at + 5, 2, static_cast<unsigned>(calendar.month()));
    write_number(at + 8, 2, static_cast<unsigned>(calendar.day()));
    return std::string_view(at, kDay.size());
}

// "09:30:00.000000Z"
void write_time(char* at, microseconds since_midnight) {
    auto left = since_midnight.count();
    write_number(at + 9, 6, left % 1'000'000);
    left /= 1'000'000;
    write_number(at + 6, 2, left % 60);
    write_number(at + 3, 2, left / 60 % 60);
    write_number(at, 2, left / 3600);
    at[2] = at[5] = ':';
    at[8] = '.';
    at[15] = 'Z';
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::optional<std::string_view> CellValue::convert(DataType type, std::string_view text) {
    if (type != DataType::json) text = without_blanks(text);
    switch (type) {
        case DataType::string:
            return text;
        case DataType::integer:
            return integer_text(text, !strict_, text_);
        case DataType::decimal:
            return decimal_text(text, text_);
        case DataType::float64:
            return double_text(text, text_);
        case DataType::boolean:
            return boolean(text);
        case DataType::date:
            return date(text);
        case DataType::timestamp:
            return timestamp(text);
        case DataType::json:
            return json_.is_json(text) ? std::optional(text) : std::nullopt;
    }
    return std::nullopt;
}

// The day of a time, in the zone of the load if the time has an offset.
std::optional<std::string_view> CellValue::date(std::string_view text) {
    if (text.size() == kDay.size() && is_day(text.data())) return text;
    const auto time = parse_bulk_time(text);
    if (!time) return std::nullopt;
    auto day = time->day;
    if (time->offset) {
        day = std::chrono::floor<std::chrono::days>(day + time->time - *time->offset +
                                                    zone_.offset());
    }
    return write_day(time_, day);
}

std::optional<std::string_view> CellValue::timestamp(std::string_view text) {
    // What most loads have, as it is: no calendar is needed for a time that is in UTC.
    const bool has_mark = text.size() == kSecond.size() + 1 && text.back() == 'Z';
    if (((text.size() == kSecond.size() && zone_.offset().count() == 0) || has_mark) &&
        is_day(text.data()) && is_second(text.data() + kDay.size())) {
        std::memcpy(time_, text.data(), kSecond.size());
        time_[kDay.size()] = 'T';
        std::memcpy(time_ + kSecond.size(), ".000000Z", 8);
        return std::string_view(time_, sizeof time_);
    }
    const auto time = parse_bulk_time(text);
    if (!time) {
        const auto other = parse_timestamp(text);  // as mail has it
        if (!other) return std::nullopt;
        text_ = other->view();
        return text_;
    }
    const auto instant = time->day + time->time - time->offset.value_or(zone_.offset());
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    if (!write_day(time_, day)) return std::nullopt;
    time_[kDay.size()] = 'T';
    write_time(time_ + kDay.size() + 1, instant - day);
    return std::string_view(time_, sizeof time_);
}

}  // namespace millrace::bulk
