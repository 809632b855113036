#pragma once
// SimClock stands still until somebody moves it; wall time, steady time and ages advance together.
//
// Thread  one.

#include "core/base/check.h"
#include "core/ports/clock.h"

namespace millrace::sim {

class SimClock : public Clock {
public:
    // Begins on 2026-01-01T00:00:00Z unless told otherwise, with a steady time that is not zero.
    explicit SimClock(WallTime start = WallTime{1'767'225'600'000}) : start_(start) {}

    WallTime wall() const override {
        return start_ + std::chrono::floor<Milliseconds>(steady_ - kSteadyStart);
    }
    SteadyTime steady() const override { return steady_; }
    AgeTime age() const override {
        return ages_start_ + std::chrono::floor<Milliseconds>(steady_ - kSteadyStart);
    }

    // As an administrator does, or a machine that was off with an empty battery.
    void set_back(Milliseconds span) { start_ = start_ + -span; }
    void set_ahead(Milliseconds span) { start_ = start_ + span; }
    // As a crash does before the clock of ages is saved.
    void lose_ages(Milliseconds span) { ages_start_ = ages_start_ + -span; }

    void advance(SteadyTime::duration span) { advance_to(steady_ + span); }
    void advance_to(SteadyTime when) {
        check(when >= steady_, "the simulated clock is set back");
        steady_ = when;
    }

private:
    static constexpr SteadyTime kSteadyStart{std::chrono::hours(1)};

    WallTime start_;
    AgeTime ages_start_{1'767'225'600'000};
    SteadyTime steady_ = kSteadyStart;
};

}  // namespace millrace::sim
