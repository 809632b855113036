#pragma once
// Progress lets requests wait until rows have moved on, without asking again and again.
//
// Thread  any.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>

#include "api/control/places.h"
#include "core/base/time.h"

namespace millrace::control {

class Progress {
public:
    static SteadyTime now() { return std::chrono::steady_clock::now(); }

    // Something was uploaded, imported or synced.
    void note() {
        const std::lock_guard lock(mutex_);
        ++steps_;
        moved_.notify_all();
    }
    // Nobody waits from now on.
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        moved_.notify_all();
    }

    // How many steps there were; to be read before looking at the rows.
    std::uint64_t steps() const {
        const std::lock_guard lock(mutex_);
        return steps_;
    }

    // Waits for a step after `seen`, at most `at_most`. False if it was closed.
    bool wait(std::uint64_t seen, Milliseconds at_most) {
        std::unique_lock lock(mutex_);
        moved_.wait_for(lock, at_most, [&] { return closed_ || steps_ > seen; });
        return !closed_;
    }

    // Takes one of the few places for those who wait, until what is returned is gone; null if all
    // are taken.
    std::shared_ptr<void> take_place() { return places_.take({}); }

private:
    static constexpr std::size_t kPlaces = 4;

    Places places_{{.all = kPlaces, .of_one = kPlaces}};
    mutable std::mutex mutex_;
    std::condition_variable moved_;
    std::uint64_t steps_ = 0;
    bool closed_ = false;
};

}  // namespace millrace::control
