#pragma once
// SystemClock is the Clock of the machine: CLOCK_REALTIME in milliseconds, and CLOCK_MONOTONIC.

#include "core/ports/clock.h"

namespace millrace::os {

class SystemClock : public Clock {
public:
    WallTime wall() const override;
    SteadyTime steady() const override;
};

}  // namespace millrace::os
