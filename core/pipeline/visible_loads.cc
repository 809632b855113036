#include "core/pipeline/visible_loads.h"

#include <chrono>
#include <utility>
#include <vector>

namespace millrace::pipeline {
namespace {

constexpr Milliseconds kLookEvery{100};  // for those whose time is over

}  // namespace

void VisibleLoads::wait(const Load& load, Milliseconds at_most, Done done) {
    if (!load.file) return done(true);  // it has no rows
    const auto file = *load.file;
    const bool looks = state_.with([&](State& state) {
        const auto until = ports_.clock.steady() + at_most;
        state.waiting.emplace(std::pair(file, state.next++),
                              Waiting{.until = until, .done = std::move(done)});
        return std::exchange(state.is_looking, true);
    });
    if (!looks) look_later();
    ports_.look_for_work();
    // The report may have come before the wait began.
    const auto is_imported = ports_.is_imported(load);
    if (is_imported.ok() && is_imported.value()) imported(file);
}

void VisibleLoads::imported(FileId file) {
    std::vector<Done> done;
    state_.with([&](State& state) {
        const auto first = state.waiting.lower_bound({file, 0});
        auto last = first;
        while (last != state.waiting.end() && last->first.first == file) {
            done.push_back(std::move(last->second.done));
            ++last;
        }
        state.waiting.erase(first, last);
    });
    for (const auto& tell : done) tell(true);
}

void VisibleLoads::look_later() {
    ports_.executor.post_at(ports_.clock.steady() + kLookEvery, [this] { look(); });
}

void VisibleLoads::look() {
    std::vector<Done> late;
    const bool go_on = state_.with([&](State& state) {
        const auto now = ports_.clock.steady();
        for (auto wait = state.waiting.begin(); wait != state.waiting.end();) {
            if (now < wait->second.until) {
                ++wait;
                continue;
            }
            late.push_back(std::move(wait->second.done));
            wait = state.waiting.erase(wait);
        }
        state.is_looking = !state.waiting.empty();
        return state.is_looking;
    });
    for (const auto& tell : late) tell(false);
    if (go_on) look_later();
}

}  // namespace millrace::pipeline
