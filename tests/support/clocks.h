#pragma once
// The clocks of tests: ManualClock stands still until the test moves it; RunningClock is for what
// waits on real deadlines.
//
// Thread  one: the test's. RunningClock may be read by any while the test changes nothing.

#include <chrono>
#include <optional>

#include "core/base/check.h"
#include "core/ports/clock.h"

namespace millrace::test {

// Wall time, steady time and ages advance together.
class ManualClock final : public Clock {
public:
    // Begins on 2026-01-01T00:00:00Z unless told otherwise, with a steady time that is not zero.
    explicit ManualClock(WallTime start = WallTime{1'767'225'600'000})
        : wall_start_(start), age_start_{start.unix_ms} {}

    WallTime wall() const override { return wall_start_ + passed(); }
    SteadyTime steady() const override { return steady_; }
    AgeTime age() const override { return age_start_ + passed(); }

    void advance(SteadyTime::duration span) { advance_to(steady_ + span); }
    void advance_to(SteadyTime when) {
        check(when >= steady_, "a steady clock is set back");
        steady_ = when;
    }

    // As an administrator does, or a machine that was off with an empty battery.
    void set_wall(WallTime wall) { wall_start_ = wall + -passed(); }
    void set_back(Milliseconds span) { wall_start_ = wall_start_ + -span; }
    void set_ahead(Milliseconds span) { wall_start_ = wall_start_ + span; }

    // As a crash does before the clock of ages is saved.
    void lose_ages(Milliseconds span) { age_start_ = age_start_ + -span; }

private:
    static constexpr SteadyTime kSteadyStart{std::chrono::hours(1)};

    Milliseconds passed() const { return std::chrono::floor<Milliseconds>(steady_ - kSteadyStart); }

    WallTime wall_start_;
    AgeTime age_start_;
    SteadyTime steady_ = kSteadyStart;
};

// Its steady time is that of the machine; wall time and ages stand still.
class RunningClock final : public Clock {
public:
    WallTime wall() const override { return wall_now; }
    AgeTime age() const override { return AgeTime{1'700'000'000'000}; }
    SteadyTime steady() const override {
        if (step.count() > 0) ahead_ += step;
        return stood_.value_or(std::chrono::steady_clock::now()) + ahead_;
    }

    // From now on only `step` moves it.
    void stand_still() { stood_ = std::chrono::steady_clock::now(); }

    WallTime wall_now{1'700'000'000'000};
    Milliseconds step{0};  // that each look at the clock takes; on one thread only

private:
    mutable Milliseconds ahead_{0};
    std::optional<SteadyTime> stood_;
};

}  // namespace millrace::test
