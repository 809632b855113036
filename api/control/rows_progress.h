#pragma once
// Progress counts the steps that rows, tasks and records of requests make, for those who wait until
// theirs have moved on.
//
// Thread  any.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "api/control/places.h"
#include "core/base/time.h"

namespace millrace::control {

class Progress {
public:
    static SteadyTime now() { return std::chrono::steady_clock::now(); }

    // Something was uploaded, imported or synced; a task has ended; someone waits for records.
    void note() { steps_.fetch_add(1, std::memory_order_release); }

    // No call waits from now on.
    void close() {
        closed_.store(true, std::memory_order_release);
        note();
    }
    bool is_closed() const { return closed_.load(std::memory_order_acquire); }

    // How many steps there were; to be read before looking at the rows.
    std::uint64_t steps() const { return steps_.load(std::memory_order_acquire); }

    // Takes one of the places for those who wait, until what is returned is gone; null if all are
    // taken.
    std::shared_ptr<void> take_place() { return places_.take({}); }

    static constexpr std::size_t kPlaces = 64;  // each is looked at again several times a second

private:
    Places places_{{.all = kPlaces, .of_one = kPlaces}};
    std::atomic<std::uint64_t> steps_ = 0;
    std::atomic<bool> closed_ = false;
};

}  // namespace millrace::control
