#pragma once
// SystemClock is the Clock of the machine: CLOCK_REALTIME in milliseconds, CLOCK_MONOTONIC, and the
// clock of ages that goes with the latter.
//
// Thread  any, once begin_ages() has returned.

#include "core/ports/clock.h"

namespace millrace::os {

class SystemClock : public Clock {
public:
    WallTime wall() const override;
    SteadyTime steady() const override;
    AgeTime age() const override;

    // Lets the clock of ages go on from where the life before has left it.
    void begin_ages(AgeTime at);

private:
    AgeTime ages_begin_;
    SteadyTime ages_begun_at_ = std::chrono::steady_clock::now();
};

}  // namespace millrace::os
