#include "tests/sim/sim_content.h"

#include <algorithm>

namespace millrace::sim {
namespace {

constexpr std::size_t kStatesMax = 4;

auto at(std::uint64_t offset) {
    return static_cast<std::ptrdiff_t>(offset);
}

}  // namespace

Survival Survival::draw(SimRng& rng) {
    static constexpr std::array<unsigned, 5> kPercents = {0, 10, 50, 90, 100};
    return Survival{kPercents[rng.below(kPercents.size())]};
}

std::size_t SimContent::read(std::uint64_t offset, std::span<std::byte> buffer) const {
    if (offset >= live_.size()) return 0;
    const auto count = std::min<std::uint64_t>(buffer.size(), live_.size() - offset);
    std::copy_n(live_.begin() + at(offset), count, buffer.begin());
    return count;
}

void SimContent::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    const auto end = offset + bytes.size();
    const auto old_size = live_.size();
    if (end > old_size) resize_live(end);
    std::copy(bytes.begin(), bytes.end(), live_.begin() + at(offset));
    remember(std::min<std::uint64_t>(offset, old_size), end);  // with the gap, which reads as zeros
}

void SimContent::truncate(std::uint64_t size) {
    const auto old_size = live_.size();
    resize_live(size);
    if (size > old_size) remember(old_size, size);
    if (size < old_size && size % kSectorBytes != 0)
        remember(size - 1, size);  // zeros behind the end
}

void SimContent::sync(SimRng& rng, FaultCounts& faults) {
    Chosen chosen;
    for (const auto& [number, states] : unsynced_) chosen.emplace(number, &states.back());
    settle(live_.size(), chosen, rng, faults);
    forget_unsynced();
}

void SimContent::fail_sync(SimRng& rng, FaultCounts& faults) {
    const auto survival = Survival::draw(rng);
    Chosen chosen;
    for (const auto& [number, states] : unsynced_) {
        if (rng.chance(survival.percent)) {
            chosen.emplace(number, &states.back());
        } else {
            ++faults[Fault::sector_dropped];
        }
    }
    settle(surviving_size(survival, rng), chosen, rng, faults);
    forget_unsynced();
    if (live_.size() != platter_.size()) sizes_.push_back(live_.size());
}

void SimContent::lose_power(Survival survival, SimRng& rng, FaultCounts& faults) {
    Chosen chosen;
    bool lost = false;
    for (const auto& [number, states] : unsynced_) {
        if (!rng.chance(survival.percent)) {
            lost = true;
            ++faults[Fault::sector_lost];
            continue;
        }
        const bool stale = survival.percent < 100 && states.size() > 1 && rng.chance(25);
        if (stale) ++faults[Fault::sector_stale];
        chosen.emplace(number, stale ? &states[rng.below(states.size() - 1)] : &states.back());
    }
    if (lost && !chosen.empty()) ++faults[Fault::write_torn];

    const auto size = surviving_size(survival, rng);
    if (size != live_.size()) ++faults[Fault::size_lost];
    settle(size, chosen, rng, faults);
    forget_unsynced();
    live_ = platter_;
}

void SimContent::flip_bit(std::uint64_t offset, unsigned bit) {
    const auto mask = std::byte{1} << bit;
    live_[offset] ^= mask;
    if (offset < platter_.size()) platter_[offset] ^= mask;
    const auto states = unsynced_.find(offset / kSectorBytes);
    if (states == unsynced_.end()) return;
    for (auto& state : states->second) state[offset % kSectorBytes] ^= mask;
}

void SimContent::resize_live(std::uint64_t size) {
    live_.resize(size);
    if (sizes_.size() == kStatesMax) sizes_.erase(sizes_.begin());
    sizes_.push_back(size);
}

// Takes the present state of the sectors of [begin, end) as one that may be written back.
void SimContent::remember(std::uint64_t begin, std::uint64_t end) {
    for (auto number = begin / kSectorBytes; number * kSectorBytes < end; ++number) {
        auto& states = unsynced_[number];
        if (states.size() == kStatesMax) states.erase(states.begin());
        auto& state = states.emplace_back();  // zeros behind the end of the file
        read(number * kSectorBytes, state);
    }
}

std::uint64_t SimContent::surviving_size(Survival survival, SimRng& rng) const {
    if (sizes_.empty() || survival.percent == 0) return platter_.size();
    if (survival.percent == 100) return live_.size();
    const auto one = sizes_[rng.below(sizes_.size())];
    switch (rng.below(3)) {
        case 0:
            return platter_.size();
        case 1:
            return one;
        default:
            break;  // growth that came half of the way
    }
    const auto low = std::min<std::uint64_t>(platter_.size(), one);
    const auto high = std::max<std::uint64_t>(platter_.size(), one);
    const auto between = low + rng.below(high - low + 1);
    return std::max(low, between / kSectorBytes * kSectorBytes);
}

// Puts the chosen sectors on the platter and gives the file there its size. Where it grows without
// a chosen sector it shows zeros, or what the disk held there before.
void SimContent::settle(std::uint64_t size, const Chosen& chosen, SimRng& rng,
                        FaultCounts& faults) {
    const std::uint64_t old_size = platter_.size();
    platter_.resize(size);
    for (auto begin = old_size; begin < size;) {
        const auto number = begin / kSectorBytes;
        const auto end = std::min<std::uint64_t>(size, (number + 1) * kSectorBytes);
        if (!chosen.contains(number)) {
            const bool garbage = rng.chance(50);
            ++faults[garbage ? Fault::tail_garbage : Fault::tail_zeros];
            for (auto i = begin; garbage && i < end; ++i) platter_[i] = std::byte(rng.below(256));
        }
        begin = end;
    }
    for (const auto& [number, sector] : chosen) {
        const auto begin = number * kSectorBytes;
        if (begin >= size) break;
        const auto count = std::min<std::uint64_t>(kSectorBytes, size - begin);
        std::copy_n(sector->begin(), count, platter_.begin() + at(begin));
    }
}

void SimContent::forget_unsynced() {
    unsynced_.clear();
    sizes_.clear();
}

}  // namespace millrace::sim
