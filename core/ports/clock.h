#pragma once
// Clock: the only way to the time. Drivers read it once and pass `now` down.
//
// Thread  any.

#include "core/base/time.h"

namespace millrace {

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
    virtual AgeTime age() const = 0;
};

inline Instant instant_of(const Clock& clock) {
    return {.wall = clock.wall(), .age = clock.age()};
}

}  // namespace millrace
