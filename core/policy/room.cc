#include "core/policy/room.h"

#include <algorithm>

namespace millrace::policy {

bool Room::look(std::uint64_t free_bytes, SteadyTime now) {
    if (has_room_) {
        has_room_ = free_bytes >= reserve_bytes_;
        full_since_ = now;
        return has_room_;
    }
    const auto margin = std::min(reserve_bytes_ / 4, kRoomMarginMax);
    has_room_ = free_bytes >= reserve_bytes_ + margin && now - full_since_ >= kFullAtLeast;
    return has_room_;
}

}  // namespace millrace::policy
