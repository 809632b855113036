#include "api/app/disk_watch.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_disk.h"
#include "tests/support/manual_executor.h"

namespace millrace {
namespace {

class DiskWatchTest : public testing::Test {
protected:
    static constexpr std::uint64_t kCapacity = 1000;
    static constexpr std::uint64_t kReserve = 100;
    static constexpr std::uint64_t kBallast = 100;

    DiskWatchTest() { EXPECT_TRUE(disk_.make_directories("/data").ok()); }

    // As if somebody else had written a file of that size; then the watch looks.
    void fill(std::uint64_t bytes) {
        ASSERT_TRUE(disk_.open("/other", Disk::Open::create).value()->truncate(bytes).ok());
        look();
    }
    void look() {
        clock_.advance(std::chrono::seconds(1));
        executor_.run_ready();
    }
    bool has_ballast() { return disk_.open("/data/ballast", Disk::Open::existing).ok(); }
    std::uint64_t free() { return disk_.free_bytes("/data").value(); }

    sim::SimDisk disk_{{.seed = 1, .capacity_bytes = kCapacity}};
    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    int released_ = 0;
    int failed_ = 0;
    DiskWatch watch_{disk_,
                     clock_,
                     executor_,
                     {.path = "/data", .reserve_bytes = kReserve, .ballast_bytes = kBallast},
                     [] { return std::uint64_t{0}; },
                     {.changed = [](bool) {},
                      .ballast_released = [this] { ++released_; },
                      .ballast_failed = [this](const Error&) { ++failed_; }}};
};

TEST_F(DiskWatchTest, AFullDiskGetsTheRoomOfTheBallastAndNewRowsDoNot) {
    watch_.start();
    EXPECT_TRUE(has_ballast());
    EXPECT_EQ(free(), kCapacity - kBallast);

    fill(kCapacity - kBallast - kReserve);
    EXPECT_TRUE(watch_.has_room());
    fill(kCapacity - kBallast - kReserve + 1);
    EXPECT_FALSE(watch_.has_room());
    EXPECT_TRUE(has_ballast()) << "there is room to drain into";

    fill(kCapacity - kBallast);
    EXPECT_FALSE(has_ballast());
    EXPECT_EQ(released_, 1);
    EXPECT_EQ(free(), kBallast);
    EXPECT_GE(free(), kReserve);
    EXPECT_FALSE(watch_.has_room()) << "what the ballast has freed is not for new rows";

    look();
    EXPECT_EQ(released_, 1);
    fill(kCapacity - kReserve - 2 * kBallast);
    EXPECT_TRUE(has_ballast());
    clock_.advance(policy::kFullAtLeast);
    look();
    EXPECT_TRUE(watch_.has_room());
    EXPECT_EQ(failed_, 0);
}

TEST_F(DiskWatchTest, BeforeARecoveryTheBallastOfAFullDiskIsReleased) {
    {
        Ballast before(disk_, "/data", kBallast);
        ASSERT_TRUE(before.make().ok());
    }
    ASSERT_TRUE(
        disk_.open("/other", Disk::Open::create).value()->truncate(kCapacity - kBallast).ok());
    DiskWatch watch(disk_, clock_, executor_, {.path = "/data", .ballast_bytes = kBallast},
                    [] { return std::uint64_t{0}; },
                    {.changed = [](bool) {},
                     .ballast_released = [this] { ++released_; },
                     .ballast_failed = [this](const Error&) { ++failed_; }});
    watch.relieve();
    EXPECT_FALSE(has_ballast());
    EXPECT_EQ(released_, 1);
    watch.relieve();
    EXPECT_EQ(released_, 1);
}

TEST_F(DiskWatchTest, BallastThatCannotBeMadeIsToldOnceAndNotWaitedFor) {
    ASSERT_TRUE(disk_.make_directories("/data/ballast/in the way").ok());
    watch_.start();
    look();
    EXPECT_EQ(failed_, 1);
    EXPECT_TRUE(watch_.has_room());
}

TEST_F(DiskWatchTest, BallastOfAnotherSizeIsMadeAgain) {
    {
        Ballast before(disk_, "/data", kBallast / 2);
        ASSERT_TRUE(before.make().ok());
    }
    Ballast ballast(disk_, "/data", kBallast);
    EXPECT_EQ(ballast.missing_bytes(), kBallast);
    ASSERT_TRUE(ballast.make().ok());
    EXPECT_EQ(ballast.missing_bytes(), 0U);
    EXPECT_EQ(free(), kCapacity - kBallast);
}

}  // namespace
}  // namespace millrace
