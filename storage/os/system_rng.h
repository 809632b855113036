#pragma once
// The two sources of randomness: SystemRng is fast and good for ids, SecureRng is for secrets.
//
// Errors  none: a kernel that gives no randomness stops the program.
// See     https://prng.di.unimi.it (xoshiro256++), getrandom(2).

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/ports/rng.h"

namespace millrace::os {

// xoshiro256++ with a seed from the kernel. About a nanosecond a number; who sees enough of them
// can tell the next ones, so never for tokens, salts or secrets.
class SystemRng : public Rng {
public:
    SystemRng();
    std::uint64_t next() override;

private:
    std::array<std::uint64_t, 4> state_;
};

// Every number straight from the kernel, a system call each.
// Thread  any, unlike other Rngs: it has no state.
class SecureRng : public Rng {
public:
    std::uint64_t next() override;
    void fill(std::span<std::byte> bytes);
};

}  // namespace millrace::os
