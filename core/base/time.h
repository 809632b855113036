#pragma once
// Three clocks, three types: WallTime is what people read, in records and reports; SteadyTime
// measures waiting; AgeTime says how long something was kept, and is the only one by which anything
// is forgotten. Only api/ and storage/os read a clock; drivers read it once and pass `now`
// down.

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

// Milliseconds on the clock of ages. It goes on only while the service runs, by the steady time
// that passes, and over all lives of a data folder; it cannot be set. So neither a step of the
// wall clock nor a time without service shortens how long something is kept. It began as the wall
// time of the folder's first start, so it looks like one, and is behind it by the time the service
// was down.
struct AgeTime {
    std::int64_t ms = 0;

    auto operator<=>(const AgeTime&) const = default;
};

inline AgeTime operator+(AgeTime time, Milliseconds span) {
    return AgeTime{time.ms + span.count()};
}
inline Milliseconds operator-(AgeTime later, AgeTime earlier) {
    return Milliseconds(later.ms - earlier.ms);
}

// One moment, for people and for keeping.
struct Instant {
    WallTime wall;
    AgeTime age;
};

using SteadyTime = std::chrono::steady_clock::time_point;

// "2006-01-02T15:04:05.000Z": UTC, always 3 digits, always 24 characters for years 0 to 9999.
std::string format_utc(WallTime time);

// The inverse of format_utc(); nothing for any other text.
std::optional<WallTime> parse_utc(std::string_view text);

}  // namespace millrace
