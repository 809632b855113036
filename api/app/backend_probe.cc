#include "api/app/backend_probe.h"

#include <chrono>
#include <utility>

namespace millrace {
namespace {

constexpr auto kFreshFor = std::chrono::seconds(5);

}  // namespace

void BackendProbe::ask(Done done) {
    const auto now = clock_.steady();
    bool begins = false;
    const auto fresh = state_.with([&](State& state) -> std::shared_ptr<const Findings> {
        if (state.last != nullptr && now < state.fresh_until) return state.last;
        begins = state.waiting.empty();
        state.waiting.push_back(std::move(done));
        return nullptr;
    });
    if (fresh != nullptr) return done(fresh);
    if (begins) thread_.post([this] { run(); });
}

void BackendProbe::run() {
    const auto found = std::make_shared<const Findings>(backends_.probe());
    const auto until = clock_.steady() + kFreshFor;
    const auto waiting = state_.with([&](State& state) {
        state.last = found;
        state.fresh_until = until;
        return std::exchange(state.waiting, {});
    });
    for (const auto& done : waiting) done(found);
}

}  // namespace millrace
