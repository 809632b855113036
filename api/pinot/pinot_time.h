#pragma once
// Times as Pinot's documents write them: formats and granularities of date-time columns, periods,
// sizes, and where a stream begins.

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace millrace::pinot {

// "1:MILLISECONDS:EPOCH", "EPOCH|SECONDS|10", "1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd tz(UTC)",
// "SIMPLE_DATE_FORMAT|yyyy-MM-dd|UTC", "TIMESTAMP", "1:MILLISECONDS:TIMESTAMP".
bool is_date_time_format(std::string_view text);

// "1:HOURS", "HOURS|1".
bool is_granularity(std::string_view text);

// "2d", "4h30m", "1d12h", "45s": days, hours, minutes, seconds, in this order. Nothing for all
// else, and for what is not positive.
std::optional<Milliseconds> parse_period(std::string_view text);

// "150M", "1.5G", "104857600", "200MB": powers of 1024, bytes without a unit.
std::optional<std::uint64_t> parse_segment_size(std::string_view text);

// "2022-08-09T12:31:38.222Z", with seconds and Z.
std::optional<WallTime> parse_instant(std::string_view text);

}  // namespace millrace::pinot
