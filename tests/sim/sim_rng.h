#pragma once
// SimRng is the Rng of the simulations: the same seed, the same numbers, on every machine.
//
// See  https://prng.di.unimi.it/splitmix64.c

#include <cstdint>

#include "core/ports/rng.h"

namespace millrace::sim {

class SimRng : public Rng {
public:
    explicit SimRng(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() override {
        state_ += 0x9e3779b97f4a7c15;
        auto mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31);
    }

    // 0 to limit - 1; `limit` is at least 1.
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

    // True in `percent` of 100 cases.
    bool chance(unsigned percent) { return below(100) < percent; }

private:
    std::uint64_t state_;
};

}  // namespace millrace::sim
