#pragma once
// ManualExecutor: threads that a test turns by hand.
//
// Thread  one: the test's.

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/ports/executor.h"
#include "tests/support/clocks.h"

namespace millrace::test {

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
