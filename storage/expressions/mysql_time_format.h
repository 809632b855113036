#pragma once
// Times by MySQL's patterns, which Apache Doris uses: "%Y-%m-%dT%H:%i:%s"; in English.
//
// Also the three patterns of Java that Doris knows: "yyyyMMdd", "yyyy-MM-dd" and
// "yyyy-MM-dd HH:mm:ss".
//
// Thread  any.

#include <optional>
#include <string>
#include <string_view>

#include "storage/expressions/local_time.h"

namespace millrace::expressions {

// What is no specification after % stands for itself.
std::string format_time(const LocalTime& time, std::string_view pattern);

// The time that `text` is by the pattern, to the end of the pattern; nothing if it is none.
std::optional<LocalTime> parse_time(std::string_view text, std::string_view pattern);

std::string_view month_name(const LocalTime& time);  // "January"
std::string_view day_name(const LocalTime& time);    // "Monday"

}  // namespace millrace::expressions
