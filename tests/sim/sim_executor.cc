#include "tests/sim/sim_executor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::sim {

void SimExecutor::post(Task task) {
    ready_.push_back(std::move(task));
}

void SimExecutor::post_at(SteadyTime when, Task task) {
    const auto later =
        std::upper_bound(timed_.begin(), timed_.end(), when,
                         [](SteadyTime time, const Timed& timed) { return time < timed.when; });
    timed_.insert(later, Timed{when, std::move(task)});
}

SimExecutor& SimScheduler::make_executor() {
    return *executors_.emplace_back(std::make_unique<SimExecutor>());
}

bool SimScheduler::run_one() {
    if (run_ready()) return true;
    const auto next = next_time();
    if (!next) return false;
    clock_.advance_to(*next);  // later than now, or it would have been ready
    return run_ready();
}

bool SimScheduler::run_until_idle(std::size_t limit) {
    for (std::size_t ran = 0; ran < limit; ++ran) {
        if (!run_one()) return true;
    }
    take_due_tasks();
    return !next_time() &&
           std::all_of(executors_.begin(), executors_.end(),
                       [](const auto& executor) { return executor->ready_.empty(); });
}

void SimScheduler::run_for(SteadyTime::duration span) {
    const auto end = clock_.steady() + span;
    for (;;) {
        if (run_ready()) continue;
        const auto next = next_time();
        if (!next || *next > end) break;
        clock_.advance_to(*next);
    }
    if (clock_.steady() < end) clock_.advance_to(end);
}

void SimScheduler::drop_all() {
    std::deque<Executor::Task> ready;  // destroyed after the loop: a destructor may post
    std::vector<SimExecutor::Timed> timed;
    for (const auto& executor : executors_) {
        std::move(executor->ready_.begin(), executor->ready_.end(), std::back_inserter(ready));
        std::move(executor->timed_.begin(), executor->timed_.end(), std::back_inserter(timed));
        executor->ready_.clear();
        executor->timed_.clear();
    }
}

bool SimScheduler::run_ready() {
    take_due_tasks();
    std::vector<SimExecutor*> candidates;
    for (const auto& executor : executors_) {
        if (!executor->ready_.empty()) candidates.push_back(executor.get());
    }
    if (candidates.empty()) return false;
    auto& ready = candidates[rng_.below(candidates.size())]->ready_;
    const auto task = std::move(ready.front());
    ready.pop_front();
    task();
    return true;
}

void SimScheduler::take_due_tasks() {
    const auto now = clock_.steady();
    for (const auto& executor : executors_) {
        auto& timed = executor->timed_;
        const auto due_end = std::find_if(timed.begin(), timed.end(),
                                          [&](const auto& one) { return one.when > now; });
        for (auto one = timed.begin(); one != due_end; ++one) {
            executor->ready_.push_back(std::move(one->task));
        }
        timed.erase(timed.begin(), due_end);
    }
}

std::optional<SteadyTime> SimScheduler::next_time() const {
    std::optional<SteadyTime> next;
    for (const auto& executor : executors_) {
        if (executor->timed_.empty()) continue;
        const auto when = executor->timed_.front().when;
        if (!next || when < *next) next = when;
    }
    return next;
}

}  // namespace millrace::sim
