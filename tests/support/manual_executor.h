#pragma once
// ManualClock and ManualExecutor: time and threads that a test turns by hand.
//
// Thread  one: the test's.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/ports/clock.h"
#include "core/ports/executor.h"

namespace millrace::test {

class ManualClock : public Clock {
public:
    explicit ManualClock(WallTime start = WallTime{1'767'225'600'000})
        : wall_(start), age_{start.unix_ms} {}

    WallTime wall() const override { return wall_; }
    SteadyTime steady() const override { return steady_; }
    AgeTime age() const override { return age_; }

    void advance(Milliseconds span) {
        wall_ = wall_ + span;
        steady_ += span;
        age_ = age_ + span;
    }
    void set_wall(WallTime wall) { wall_ = wall; }  // as when somebody sets the clock

private:
    WallTime wall_;
    AgeTime age_;  // as wall_ until that is set
    SteadyTime steady_{std::chrono::hours(1)};
};

// Keeps tasks until the test runs them.
class ManualExecutor : public Executor {
public:
    explicit ManualExecutor(const ManualClock& clock) : clock_(clock) {}

    void post(Task task) override { post_at(SteadyTime::min(), std::move(task)); }
    void post_at(SteadyTime when, Task task) override {
        tasks_.emplace(std::pair(when, next_++), std::move(task));
    }

    bool has_ready() const {
        return !tasks_.empty() && tasks_.begin()->first.first <= clock_.steady();
    }

    // Runs the first task that is due; false if there is none.
    bool run_one() {
        if (!has_ready()) return false;
        auto task = tasks_.extract(tasks_.begin());
        task.mapped()();
        return true;
    }

    // Runs until nothing is due, tasks posted meanwhile too.
    void run_ready() {
        while (run_one()) {
        }
    }

    std::size_t pending() const { return tasks_.size(); }

    // As when the process dies.
    void drop_all() { tasks_.clear(); }

private:
    const ManualClock& clock_;
    std::uint64_t next_ = 0;
    std::map<std::pair<SteadyTime, std::uint64_t>, Task>
        tasks_;  // in order of due time, then posting
};

}  // namespace millrace::test
