#include "core/policy/room.h"

#include <gtest/gtest.h>

namespace millrace::policy {
namespace {

constexpr std::uint64_t kMb = 1 << 20;
constexpr SteadyTime kNow{std::chrono::hours(1)};

SteadyTime after(int seconds) {
    return kNow + std::chrono::seconds(seconds);
}

TEST(RoomTest, AFullDiskHasRoomAgainOnlyAtTheHigherMark) {
    Room room(100 * kMb);
    EXPECT_TRUE(room.look(100 * kMb, kNow));
    EXPECT_FALSE(room.look(100 * kMb - 1, kNow));
    EXPECT_FALSE(room.look(125 * kMb - 1, after(60)));
    EXPECT_TRUE(room.look(125 * kMb, after(61)));
    EXPECT_TRUE(room.look(100 * kMb, after(62))) << "the lower mark counts again";
}

TEST(RoomTest, FullLastsForAWhile) {
    Room room(100 * kMb);
    EXPECT_FALSE(room.look(0, kNow));
    EXPECT_FALSE(room.look(900 * kMb, after(9)));
    EXPECT_TRUE(room.look(900 * kMb, after(10)));
}

TEST(RoomTest, ALargeReserveHasAMarginThatCanBeReached) {
    constexpr std::uint64_t kReserve = 100'000 * kMb;
    Room room(kReserve);
    EXPECT_FALSE(room.look(kReserve - 1, kNow));
    EXPECT_TRUE(room.look(kReserve + 64 * kMb, after(10)));
}

// Goal    a disk at its reserve does not change sides with each look.
// Method  free space that goes up and down around the mark each second, for ten minutes.
TEST(RoomTest, ADiskAtItsReserveStaysFull) {
    Room room(256 * kMb);
    int changes = 0;
    bool before = true;
    for (int second = 0; second < 600; ++second) {
        const bool has_room = room.look(second % 2 == 0 ? 257 * kMb : 255 * kMb, after(second));
        changes += has_room != before ? 1 : 0;
        before = has_room;
    }
    EXPECT_EQ(changes, 1);
}

}  // namespace
}  // namespace millrace::policy
