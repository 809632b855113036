#pragma once
// Room: whether a disk has room for more rows.
//
// Full and free again have marks of their own, and full lasts for a while: at one mark a disk would
// be both in turn, sources would change their volume with each turn, and the rows of a key would
// not stay in order.
//
// Thread  one; pure but for its state.

#include <cstdint>

#include "core/base/time.h"

namespace millrace::policy {

inline constexpr std::uint64_t kRoomMarginMax = 64 << 20;
inline constexpr Milliseconds kFullAtLeast = std::chrono::seconds(10);

class Room {
public:
    explicit Room(std::uint64_t reserve_bytes) : reserve_bytes_(reserve_bytes) {}

    // Full once less than the reserve is free; has room again when a quarter of the reserve more is
    // free, 64 MB at most, but not before it was full for 10 s.
    bool look(std::uint64_t free_bytes, SteadyTime now);

private:
    const std::uint64_t reserve_bytes_;
    bool has_room_ = true;
    SteadyTime full_since_;
};

}  // namespace millrace::policy
