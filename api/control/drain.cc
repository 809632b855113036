#include "api/control/drain.h"

#include <algorithm>
#include <utility>

#include "api/control/statistics_resource.h"

namespace millrace::control {
namespace {

constexpr Milliseconds kFirstPause{10};
constexpr Milliseconds kLongestPause{500};

}  // namespace

void Drain::wait(std::vector<SinkNumber> sinks, Milliseconds at_most, Done done) {
    poll(std::make_shared<const Wait>(Wait{.sinks = std::move(sinks),
                                           .deadline = clock_.steady() + at_most,
                                           .done = std::move(done)}),
         kFirstPause);
}

void Drain::poll(const std::shared_ptr<const Wait>& wait, Milliseconds pause) {
    std::vector<WaitingRows> left;
    for (const auto sink : wait->sinks) {
        auto counted = total_statistics(lifecycle_, journal_, sink);
        if (!counted.ok()) return wait->done(std::move(counted).error());
        const auto rows = counted.value().local.rows + counted.value().staging.rows;
        if (rows > 0) left.push_back({.sink = sink, .rows = rows});
    }
    if (left.empty() || clock_.steady() >= wait->deadline) return wait->done(std::move(left));
    strand_.post_at(clock_.steady() + pause,
                    [this, wait, pause] { poll(wait, std::min(pause * 2, kLongestPause)); });
}

}  // namespace millrace::control
