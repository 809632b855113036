#pragma once
// StopSignal: ends waiting and requests under way when the service stops.
//
// Thread  any.

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "core/base/time.h"

namespace millrace::s3 {

class StopSignal {
public:
    void stop() {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }

    bool is_stopped() const { return stopped_; }

    // Returns false as soon as stop() has been called.
    bool wait(Milliseconds time) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, time, [this] { return stopped_.load(); });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> stopped_ = false;
};

}  // namespace millrace::s3
