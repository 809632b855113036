#include "core/accounts/drain.h"

#include <algorithm>
#include <utility>

#include "core/accounts/sink_account.h"

namespace millrace::accounts {
namespace {

constexpr Milliseconds kFirstPause{10};
constexpr Milliseconds kLongestPause{500};

}  // namespace

void Drain::wait(const std::vector<SinkNumber>& sinks, Milliseconds at_most, Done done) {
    const auto left = std::make_shared<std::vector<WaitingRows>>();
    const auto is_drained = [this, sinks, left]() -> Result<bool> {
        TRY_ASSIGN(*left, count(sinks));
        return left->empty();
    };
    wait_until(is_drained, at_most, [left, done = std::move(done)](Result<void> outcome) {
        if (!outcome.ok()) return done(std::move(outcome).error());
        done(std::move(*left));
    });
}

void Drain::wait_until(Condition condition, Milliseconds at_most,
                       std::function<void(Result<void>)> done) {
    poll(std::make_shared<const Wait>(Wait{.condition = std::move(condition),
                                           .deadline = clock_.steady() + at_most,
                                           .done = std::move(done)}),
         kFirstPause);
}

Result<std::vector<WaitingRows>> Drain::count(const std::vector<SinkNumber>& sinks) {
    std::vector<WaitingRows> left;
    for (const auto sink : sinks) {
        TRY_ASSIGN(const auto counted, total_statistics(lifecycle_, journal_, sink));
        const auto rows = counted.local.rows + counted.staging.rows;
        if (rows > 0) left.push_back({.sink = sink, .rows = rows});
    }
    return left;
}

void Drain::poll(const std::shared_ptr<const Wait>& wait, Milliseconds pause) {
    const auto holds = wait->condition();
    if (!holds.ok()) return wait->done(holds.error());
    if (holds.value() || clock_.steady() >= wait->deadline) return wait->done({});
    strand_.post_at(clock_.steady() + pause,
                    [this, wait, pause] { poll(wait, std::min(pause * 2, kLongestPause)); });
}

}  // namespace millrace::accounts
