#include "core/pipeline/turns.h"

namespace millrace::pipeline {

Turns::Turn::~Turn() {
    if (turns_ != nullptr) turns_->give_back();
}

std::optional<Turns::Turn> Turns::take(std::function<void()> wake) {
    const bool is_mine = state_.with([&](State& state) {
        if (state.free == 0) {
            state.waiting.push_back(std::move(wake));
            return false;
        }
        --state.free;
        return true;
    });
    if (!is_mine) return std::nullopt;
    return Turn(*this);
}

// All are woken: the first may not want it any more.
void Turns::give_back() {
    const auto waiting = state_.with([](State& state) {
        ++state.free;
        return std::exchange(state.waiting, {});
    });
    for (const auto& wake : waiting) wake();
}

}  // namespace millrace::pipeline
