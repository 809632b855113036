#include "core/pipeline/woken_work.h"

#include <utility>

namespace millrace::pipeline {

void WokenWork::wake(WorkPool::Task work) {
    auto state = state_.load();
    while (true) {
        const bool is_about_to_run = state == State::waiting || state == State::woken;
        const auto next = state == State::idle ? State::waiting : State::woken;
        if (is_about_to_run || state_.compare_exchange_weak(state, next)) break;
    }
    if (state == State::idle) post(std::move(work));
}

// Together with `work` the pool keeps what this is a part of.
void WokenWork::post(WorkPool::Task work) {
    pool_.post([this, work = std::move(work)] { run(work); });
}

void WokenWork::run(const WorkPool::Task& work) {
    state_ = State::running;
    work();
    auto state = State::running;
    if (state_.compare_exchange_strong(state, State::idle)) return;
    state_ = State::waiting;
    post(work);
}

}  // namespace millrace::pipeline
