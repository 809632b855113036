#pragma once
// Two clocks, two types: WallTime goes into records and the catalog, SteadyTime measures waiting.
// Nobody below api/ and storage/os reads a clock; drivers read it once and pass `now` down.

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using Milliseconds = std::chrono::milliseconds;

// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct WallTime {
    std::int64_t unix_ms = 0;

    auto operator<=>(const WallTime&) const = default;
};

inline WallTime operator+(WallTime time, Milliseconds span) {
    return WallTime{time.unix_ms + span.count()};
}
inline Milliseconds operator-(WallTime later, WallTime earlier) {
    return Milliseconds(later.unix_ms - earlier.unix_ms);
}

using SteadyTime = std::chrono::steady_clock::time_point;

// "2006-01-02T15:04:05.000Z": UTC, always 3 digits, always 24 characters for years 0 to 9999.
std::string format_utc(WallTime time);

// The inverse of format_utc(); nothing for any other text.
std::optional<WallTime> parse_utc(std::string_view text);

}  // namespace millrace
