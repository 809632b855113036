#pragma once
// TrafficRecorder: notes every ten seconds how much has come and gone, and keeps the graphs of that
// over restarts: in a small file that is written every five minutes and at the stop. One that is
// torn or missing costs the graphs of before, and nothing else.
//
// Thread    start() and stop() from the starter's; the executor's otherwise.
// Lifetime  the executor runs nothing of it any more when it goes.

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/accounts/traffic_series.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"

namespace millrace {

class TrafficRecorder {
public:
    struct Parts {
        Executor& executor;
        const Clock& clock;
        Disk& disk;
        std::string path;
        std::function<accounts::TrafficTotals()> totals;
    };
    explicit TrafficRecorder(Parts parts) : parts_(std::move(parts)) {}

    void start();
    void stop();

    const accounts::TrafficSeries& series() const { return series_; }

private:
    void note();
    void note_later();
    void save();

    const Parts parts_;
    accounts::TrafficSeries series_;
    std::uint64_t notes_ = 0;
    std::atomic<bool> is_stopped_ = true;
};

}  // namespace millrace
