#pragma once
// CountingRng: an Rng whose numbers a test can name. For numbers that look random there is SimRng.
//
// Thread  one: the test's.

#include <cstdint>
#include <new>

#include "core/ports/rng.h"

namespace millrace::test {

class CountingRng final : public Rng {
public:
    // An odd step never gives a number twice, and a large one changes all bits of it.
    static constexpr std::uint64_t kLargeStep = 0x9e3779b97f4a7c15;

    // Gives step, 2 * step, 3 * step and so on; with a step of 0 always 0.
    explicit CountingRng(std::uint64_t step = 1) : step_(step) {}

    std::uint64_t next() override {
        if (throws) throw std::bad_alloc();
        return last_ += step_;
    }

    bool throws = false;  // as what comes from a machine without memory

private:
    const std::uint64_t step_;
    std::uint64_t last_ = 0;
};

}  // namespace millrace::test
