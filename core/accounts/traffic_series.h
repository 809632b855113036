#pragma once
// TrafficSeries: how much came and went lately: steps of ten seconds over the last hour, of five
// minutes over the last day, and what that is a second now and over the last hour. All in memory,
// of a size that does not grow.
//
// Format  encode(): lines of text. `millrace-traffic 1`; then `s` (ten seconds) or `l` (five
//         minutes), the end in Unix seconds, records, bytes, rows and refusals a second and p99 in
//         ms or `-`; at last `crc` and the CRC32C of all lines before, in hex. What is not whole is
//         not taken: nobody misses a graph for long.
// Thread  any.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/histogram.h"
#include "core/base/time.h"

namespace millrace::accounts {

// Counted since the start of the process; none of them goes back.
struct TrafficTotals {
    std::uint64_t records = 0;          // that came in
    std::uint64_t bytes = 0;            // of their bodies
    std::uint64_t rows = 0;             // that came into tables
    std::uint64_t refused = 0;          // requests that were answered with an error
    HistogramTotals answer_times = {};  // of requests, in nanoseconds
};

struct TrafficRates {
    double seconds = 0;  // what they are of; 0: nothing is known yet
    double records = 0;  // a second, as the next three
    double bytes = 0;
    double rows = 0;
    double refused = 0;
    std::optional<double> answer_p99_ms;  // nothing where nothing was answered
};

// The value that 99 % are below, by the buckets: it is in the one that this is, and about where.
std::optional<double> p99_of(const HistogramTotals& before, const HistogramTotals& after);

class TrafficSeries {
public:
    static constexpr std::int64_t kShortStep = 10;  // seconds
    static constexpr std::int64_t kLongStep = 300;
    static constexpr std::size_t kShortSteps = 360;
    static constexpr std::size_t kLongSteps = 288;

    struct Step {
        std::int64_t end = 0;  // Unix seconds
        TrafficRates rates;
    };

    // To be called every kShortStep seconds, about; the first call begins.
    void note(const TrafficTotals& totals, WallTime wall, SteadyTime steady);

    TrafficRates now() const;   // of the last short step
    TrafficRates hour() const;  // of the last hour, or since the start of the process

    std::vector<Step> short_steps() const;  // oldest first
    std::vector<Step> long_steps() const;

    std::string encode() const;
    // What an earlier process has kept. False: it is none, and nothing is changed.
    bool decode(std::string_view text);

private:
    struct Mark {
        TrafficTotals totals;
        SteadyTime at;
    };
    struct State {
        std::deque<Step> short_steps;
        std::deque<Step> long_steps;
        std::optional<Mark> last;
        std::deque<Mark> marks;  // one each long step, of the last hour
        TrafficRates now;
    };

    Guarded<State> state_;
};

}  // namespace millrace::accounts
