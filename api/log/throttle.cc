#include "api/log/throttle.h"

#include <utility>

namespace millrace::log {

std::optional<std::uint64_t> Throttle::turn(SteadyTime now) {
    return state_.with([now](State& state) -> std::optional<std::uint64_t> {
        if (state.last && now - *state.last < kEvery) {
            ++state.left_out;
            return std::nullopt;
        }
        state.last = now;
        return std::exchange(state.left_out, 0);
    });
}

}  // namespace millrace::log
