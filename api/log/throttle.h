#pragma once
// Throttle: what happens many times a second is a log line now and then.
//
// Thread  any.

#include <cstdint>
#include <optional>

#include "core/base/guarded.h"
#include "core/base/time.h"

namespace millrace::log {

class Throttle {
public:
    static constexpr Milliseconds kEvery{10'000};

    // Whether a line may be written now; then how many were left out since the last one. The first
    // may always.
    std::optional<std::uint64_t> turn(SteadyTime now);

private:
    struct State {
        std::optional<SteadyTime> last;
        std::uint64_t left_out = 0;
    };
    Guarded<State> state_;
};

}  // namespace millrace::log
