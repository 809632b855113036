#pragma once
// Strand: the executor that all state of the lifecycle belongs to, behind a gate.
//
// A closed gate drops every task that was posted through it and has not run, timers too, so nothing
// reaches for objects that are gone once the owner has stopped.
//
// Thread  post(), post_in() and post_always() any; close() on the strand.

#include <memory>
#include <utility>

#include "core/base/time.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"

namespace millrace::lifecycle {

class Strand {
public:
    Strand(Executor& executor, const Clock& clock) : executor_(executor), clock_(clock) {}

    void post(Executor::Task task) { executor_.post(gated(std::move(task))); }
    void post_in(Milliseconds delay, Executor::Task task) {
        executor_.post_at(clock_.steady() + delay, gated(std::move(task)));
    }
    // For completions, which count even when the gate is closed.
    void post_always(Executor::Task task) { executor_.post(std::move(task)); }

    void close() { *open_ = false; }
    bool is_open() const { return *open_; }

private:
    Executor::Task gated(Executor::Task task) const {
        return [open = open_, task = std::move(task)] {
            if (*open) task();
        };
    }

    Executor& executor_;
    const Clock& clock_;
    // Shared with the tasks: a timer may outlive its owner. Touched on the strand only.
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
};

}  // namespace millrace::lifecycle
