#pragma once
// Moment: now by both clocks, read together. What is recorded is compared with `wall`, which people
// set; what only this process waits for with `steady`, which cannot be set.

#include "core/base/time.h"
#include "core/ports/clock.h"

namespace millrace::lifecycle {

struct Moment {
    WallTime wall;
    SteadyTime steady;
};

inline Moment moment_of(const Clock& clock) {
    return {.wall = clock.wall(), .steady = clock.steady()};
}

}  // namespace millrace::lifecycle
