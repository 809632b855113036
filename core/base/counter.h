#pragma once
// Counter: a number with one writer, so no locked instruction is needed to add.
//
// Thread  one writes, any reads.

#include <atomic>
#include <cstdint>

namespace millrace {

class Counter {
public:
    void add(std::uint64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract() {
        value_.store(value_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    }
    std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace millrace
