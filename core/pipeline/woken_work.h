#pragma once
// WokenWork: the work of one owner on a pool, by one thread at a time. What wakes it while it runs
// lets it run once more, so nothing that was there before is overlooked.
//
// Lifetime  the work keeps its owner, and so this, until it has run.
// Thread    any.

#include <atomic>

#include "core/pipeline/work_pool.h"

namespace millrace::pipeline {

class WokenWork {
public:
    explicit WokenWork(WorkPool& pool) : pool_(pool) {}
    WokenWork(const WokenWork&) = delete;
    WokenWork& operator=(const WokenWork&) = delete;

    // Runs `work` behind this, unless it is about to run: then it runs then. It must not throw, and
    // be the same each time.
    void wake(WorkPool::Task work);

private:
    enum class State { idle, waiting, running, woken };

    void post(WorkPool::Task work);
    void run(const WorkPool::Task& work);

    WorkPool& pool_;
    std::atomic<State> state_ = State::idle;
};

}  // namespace millrace::pipeline
