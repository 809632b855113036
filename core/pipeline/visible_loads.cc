#include "core/pipeline/visible_loads.h"

#include <chrono>
#include <utility>
#include <vector>

namespace millrace::pipeline {
namespace {

constexpr Milliseconds kLookEvery{100};  // for those whose time is over

}  // namespace

void VisibleLoads::wait(const Load& load, Milliseconds at_most, Done done, IfRefused if_refused) {
    if (!load.file) return done(true);  // it has no rows
    const auto file = *load.file;
    const bool looks = state_.with([&](State& state) {
        const auto until = ports_.clock.steady() + at_most;
        state.waiting.emplace(
            std::pair(file, state.next++),
            Waiting{.until = until, .done = std::move(done), .if_refused = if_refused});
        return std::exchange(state.is_looking, true);
    });
    if (!looks) look_later();
    ports_.look_for_work();
    // The report may have come before the wait began.
    const auto is_imported = ports_.is_imported(load);
    if (is_imported.ok() && is_imported.value()) imported(file);
}

// Those of the file, if `wanted` says so of all of them.
template <typename Wanted>
std::vector<VisibleLoads::Done> VisibleLoads::take(FileId file, Wanted wanted) {
    std::vector<Done> done;
    state_.with([&](State& state) {
        const auto first = state.waiting.lower_bound({file, 0});
        auto last = first;
        bool all = true;
        for (; last != state.waiting.end() && last->first.first == file; ++last) {
            all = all && wanted(last->second);
        }
        if (!all) return;
        for (auto wait = first; wait != last; ++wait) done.push_back(std::move(wait->second.done));
        state.waiting.erase(first, last);
    });
    return done;
}

void VisibleLoads::imported(FileId file) {
    for (const auto& tell : take(file, [](const Waiting&) { return true; })) tell(true);
}

bool VisibleLoads::refused(FileId file, const std::function<bool()>& abort) {
    const auto done = take(
        file, [](const Waiting& waiting) { return waiting.if_refused == IfRefused::is_aborted; });
    if (done.empty()) return false;
    const bool is_aborted = abort();
    for (const auto& tell : done) tell(false);
    return is_aborted;
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
