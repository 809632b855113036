#pragma once
// RandomText makes secrets and the random parts of ids: characters of [0-9a-zA-Z], all equally
// likely; and plain numbers for who shares its Rng.
//
// Thread  any; it guards the Rng it was given.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "core/ports/rng.h"

namespace millrace::definitions {

class RandomText {
public:
    explicit RandomText(Rng& rng) : rng_(rng) {}

    std::string make(std::size_t length);
    std::uint64_t number();

private:
    std::mutex mutex_;
    Rng& rng_;
};

// The numbers of a RandomText as an Rng, for uuid columns.
class SharedNumbers final : public Rng {
public:
    explicit SharedNumbers(RandomText& random) : random_(random) {}
    std::uint64_t next() override { return random_.number(); }

private:
    RandomText& random_;
};

}  // namespace millrace::definitions
