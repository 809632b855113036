#pragma once
// SimScheduler runs the tasks of several executors on one thread, in an order that a seed decides.
//
// Each SimExecutor is a strand: its tasks run in the order they were posted, as on a thread of its
// own; which strand is next is drawn. Time passes only when nothing is ready: then the clock jumps
// to the earliest timed task. A timed task joins its strand when the clock has reached its time,
// also where somebody else moved the clock; by its time, then in the order of posting.
//
// Lifetime  the scheduler owns its executors; the clock outlives it. What tasks refer to lives
//           until they have run or drop_all() has returned.
// Thread    one.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/ports/executor.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"

namespace millrace::sim {

class SimExecutor : public Executor {
public:
    void post(Task task) override;
    void post_at(SteadyTime when, Task task) override;

private:
    friend class SimScheduler;

    struct Timed {
        SteadyTime when;
        Task task;
    };

    std::deque<Task> ready_;
    std::vector<Timed> timed_;  // by time, then in the order of posting
};

class SimScheduler {
public:
    SimScheduler(test::ManualClock& clock, std::uint64_t seed) : clock_(clock), rng_(seed) {}

    SimExecutor& make_executor();

    // Runs one task, after a jump of the clock if none is ready. False if there is no task at all.
    bool run_one();

    // Runs tasks until there is none left, at most `limit`. Returns whether none is left. With a
    // task that posts itself again for ever use run_for().
    bool run_until_idle(std::size_t limit = 1'000'000);

    // Runs what is ready or becomes due within `span`; then the clock has advanced by exactly that.
    void run_for(SteadyTime::duration span);

    // The crash: destroys all tasks without running them. Later posts count again.
    void drop_all();

private:
    bool run_ready();
    void take_due_tasks();
    std::optional<SteadyTime> next_time() const;

    test::ManualClock& clock_;
    SimRng rng_;
    std::vector<std::unique_ptr<SimExecutor>> executors_;
};

}  // namespace millrace::sim
