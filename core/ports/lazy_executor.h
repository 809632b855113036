#pragma once
// LazyExecutor: tasks for an executor, in order, of which some may wait for company.
//
// Waking a thread can cost more than what it is woken for. A task without a waiting client is left
// until the next one that somebody does, or until many of them, or a time, have gathered.
//
// Lifetime  the executor and the clock outlive it. It outlives the executor's tasks.
// Thread    any. Tasks run on the executor's.

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include "core/base/guarded.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"

namespace millrace {

class LazyExecutor {
public:
    using Task = Executor::Task;
    struct Patience {
        std::chrono::milliseconds time;  // since the first of those that wait
        std::size_t bytes;               // of all that wait
    };

    LazyExecutor(Executor& executor, Clock& clock, Patience patience);
    LazyExecutor(const LazyExecutor&) = delete;
    LazyExecutor& operator=(const LazyExecutor&) = delete;

    // Runs the task soon, behind all that were given before.
    void post(Task task);

    // The same, but it may wait; `bytes` is what it keeps in memory meanwhile.
    void post_lazily(Task task, std::size_t bytes);

private:
    struct Waiting {
        std::vector<Task> tasks;
        std::size_t bytes = 0;
        bool is_posted = false;  // and so is run()
        bool is_timer_set = false;
    };

    void run();

    Executor& executor_;
    Clock& clock_;
    const Patience patience_;
    Guarded<Waiting> waiting_;
};

}  // namespace millrace
