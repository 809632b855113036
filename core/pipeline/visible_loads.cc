#include "core/pipeline/visible_loads.h"

#include <algorithm>
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

// Those of the file, if `agree` says so of what they want.
template <typename Agree>
std::vector<VisibleLoads::Done> VisibleLoads::take(FileId file, Agree agree) {
    std::vector<Done> done;
    state_.with([&](State& state) {
        const auto first = state.waiting.lower_bound({file, 0});
        auto last = first;
        std::vector<IfRefused> wanted;
        for (; last != state.waiting.end() && last->first.first == file; ++last) {
            wanted.push_back(last->second.if_refused);
        }
        if (!agree(wanted)) return;
        for (auto wait = first; wait != last; ++wait) done.push_back(std::move(wait->second.done));
        state.waiting.erase(first, last);
    });
    return done;
}

void VisibleLoads::tell(FileId file, bool visible) {
    for (const auto& tell : take(file, [](const auto&) { return true; })) tell(visible);
}

void VisibleLoads::imported(FileId file) {
    tell(file, true);
}

void VisibleLoads::set_aside(FileId file) {
    tell(file, false);
}

bool VisibleLoads::refused(FileId file, const std::function<bool()>& abort) {
    const auto done = take(file, [](const std::vector<IfRefused>& wanted) {
        return std::ranges::count(wanted, IfRefused::is_aborted) > 0 &&
               std::ranges::count(wanted, IfRefused::stays_committed) == 0;
    });
    if (done.empty()) return false;
    const bool is_aborted = abort();
    for (const auto& tell : done) tell(false);
    return is_aborted;
}

void VisibleLoads::end_by(SteadyTime latest) {
    state_.with([&](State& state) { state.latest = latest; });
}

void VisibleLoads::look_later() {
    ports_.executor.post_at(ports_.clock.steady() + kLookEvery, [this] { look(); });
}

void VisibleLoads::look() {
    std::vector<Done> late;
    const bool go_on = state_.with([&](State& state) {
        const auto now = ports_.clock.steady();
        for (auto wait = state.waiting.begin(); wait != state.waiting.end();) {
            if (now < std::min(wait->second.until, state.latest.value_or(wait->second.until))) {
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
