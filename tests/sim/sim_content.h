#pragma once
// SimContent is the bytes of one file of a SimDisk, twice: what reads see, and what is on the
// platter.
//
// The failure model is written in sim_disk.h; this is its part about bytes and sizes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_rng.h"

namespace millrace::sim {

// How much of what was not synced survives. Extremes are common on purpose: with one coin a sector,
// a long write would practically never survive whole or vanish whole.
struct Survival {
    unsigned percent;  // 0, 10, 50, 90 or 100

    static Survival draw(SimRng& rng);
};

class SimContent {
public:
    static constexpr std::size_t kSectorBytes = 512;

    std::uint64_t size() const { return live_.size(); }
    std::size_t read(std::uint64_t offset, std::span<std::byte> buffer) const;
    void write(std::uint64_t offset, std::span<const std::byte> bytes);
    void truncate(std::uint64_t size);

    void sync(SimRng& rng, FaultCounts& faults);
    void fail_sync(SimRng& rng, FaultCounts& faults);
    void lose_power(Survival survival, SimRng& rng, FaultCounts& faults);

    // Everywhere the byte is; it is within size().
    void flip_bit(std::uint64_t offset, unsigned bit);

private:
    using Sector = std::array<std::byte, kSectorBytes>;
    using Chosen = std::map<std::uint64_t, const Sector*>;

    void resize_live(std::uint64_t size);
    void remember(std::uint64_t begin, std::uint64_t end);
    std::uint64_t surviving_size(Survival survival, SimRng& rng) const;
    void settle(std::uint64_t size, const Chosen& chosen, SimRng& rng, FaultCounts& faults);
    void forget_unsynced();

    std::vector<std::byte> live_;
    std::vector<std::byte> platter_;

    // What a write-back may have put on the platter since the last sync: of each written sector all
    // its states (at most kStatesMax, the last one among them), and all sizes.
    std::map<std::uint64_t, std::vector<Sector>> unsynced_;
    std::vector<std::uint64_t> sizes_;
};

}  // namespace millrace::sim
