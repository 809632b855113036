#pragma once
// Latch: waits until a callback has come, from whatever thread.

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace millrace {

class Latch {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    // Returns whether it came.
    bool wait(std::chrono::seconds at_most) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, at_most, [this] { return open_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

// How long a stop waits for requests and steps under way.
inline constexpr auto kStopWait = std::chrono::seconds(20);

}  // namespace millrace
