// The journal, the slices and the checkpoint against every fault that SimDisk knows.
//
// Repeat one seed:  build/dev/tests/sim/volume_sim --gtest_filter='*' with MILLRACE_SIM_SEED=<seed>

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/sim/sim_disk.h"
#include "tests/sim/volume_world.h"

namespace millrace::sim {
namespace {

struct Seeds {
    std::uint64_t first;
    std::uint64_t count;
};

// All of them, or the one that MILLRACE_SIM_SEED names.
Seeds seeds(std::uint64_t count) {
    const char* const one = std::getenv("MILLRACE_SIM_SEED");
    if (one == nullptr) return {0, count};
    return {std::strtoull(one, nullptr, 10), 1};
}

void live(VolumeWorld& world, int steps) {
    for (int i = 0; i < steps && world.is_running(); ++i) world.step();
}

// Brings the volume back after whatever happened, as a person with a working disk would.
std::string bring_back(SimDisk& disk, VolumeWorld& world) {
    if (auto problem = world.verdict_on_order(); !problem.empty()) return problem;
    world.kill();
    disk.fail_at(-1);
    disk.lose_power();
    world.accept_failure();
    auto started = world.start();
    if (!started.ok()) return "does not start: " + started.error().operator_text();
    if (world.has_failed()) return "is still failed";
    if (!world.recovery().damages.empty()) return "reports damage without a bit flipped";
    if (!world.recovery().damaged_slices.empty()) return "reports damaged slices";
    world.settle();
    return world.verdict();
}

// Goal    an acknowledged row survives any power loss, exactly once, life after life.
// Method  a random life on the real journal and slices; cut the power at a random place; recover;
//         compare with the oracle; go on with the next life on what is left.
TEST(VolumeSimTest, AcknowledgedRowsSurvivePowerLoss) {
    FaultCounts faults;
    std::size_t acknowledged = 0, forgotten = 0, remembered = 0, positioned = 0, covers = 0;
    const auto [first, count] = seeds(120);
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed));
        SimDisk disk({.seed = seed});
        VolumeWorld world(disk, seed);
        ASSERT_TRUE(world.start().ok());
        for (int lives = 0; lives < 4; ++lives) {
            live(world, 30 + static_cast<int>(
                                 (seed * 37 + static_cast<std::uint64_t>(lives) * 101) % 400));
            ASSERT_EQ(bring_back(disk, world), "") << "after life " << lives;
        }
        acknowledged += world.acknowledged();
        forgotten += world.forgotten();
        remembered += world.remembered();
        positioned += world.positioned();
        covers += world.covers();
        for (const auto& [fault, times] : disk.faults()) faults[fault] += times;
    }
    if (count == 1) return;
    EXPECT_GT(acknowledged, 5'000U) << "the lives did too little to prove anything";
    EXPECT_GT(forgotten, 100U) << "hardly a file was ever forgotten";
    EXPECT_GT(remembered, 1'000U) << "hardly a key was ever recovered";
    EXPECT_GT(positioned, 1'000U) << "hardly a position was ever recovered";
    EXPECT_GT(covers, 100U) << "hardly a file was ever told with positions";
    for (const auto fault : {Fault::sector_lost, Fault::write_torn, Fault::size_lost,
                             Fault::create_lost, Fault::remove_lost, Fault::rename_lost}) {
        EXPECT_GT(faults[fault], 10U) << to_string(fault) << " hardly ever happened";
    }
}

// Goal    the same whatever disk operation fails before.
// Method  fail the n-th operation for n = 0, 1, 2 ... until a life is over without a failure.
TEST(VolumeSimTest, AcknowledgedRowsSurviveTheFailureOfAnyDiskOperation) {
    FaultCounts faults;
    const auto [first, count] = seeds(2);
    std::int64_t failures = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        for (std::int64_t fail_at = 0;; ++fail_at) {
            SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed) +
                         " fail_at=" + std::to_string(fail_at));
            SimDisk disk({.seed = seed, .fail_at = fail_at});
            VolumeWorld world(disk, seed);
            if (world.start().ok()) live(world, 220);
            const bool fired = disk.fault_fired();
            ASSERT_EQ(bring_back(disk, world), "");
            live(world, 60);
            ASSERT_EQ(bring_back(disk, world), "") << "in the life after";
            for (const auto& [fault, times] : disk.faults()) faults[fault] += times;
            if (!fired) break;
            ++failures;
        }
    }
    EXPECT_GT(failures, 200);
    for (const auto fault : {Fault::operation_failed, Fault::write_cut, Fault::sync_failed,
                             Fault::directory_sync_failed, Fault::sector_dropped}) {
        EXPECT_GT(faults[fault], 0U) << to_string(fault) << " never happened";
    }
}

std::uint64_t failed_syncs(const SimDisk& disk) {
    std::uint64_t failed = 0;
    for (const auto& [fault, times] : disk.faults()) {
        if (fault == Fault::sync_failed || fault == Fault::directory_sync_failed ||
            fault == Fault::directories_unsynced) {
            failed += times;
        }
    }
    return failed;
}

// The life of a volume that has failed. It takes nothing, and says nothing of what it has.
void live_failed(VolumeWorld& world) {
    EXPECT_TRUE(world.has_failed());
    const auto acknowledged = world.acknowledged();
    live(world, 50);
    EXPECT_FALSE(world.checkpoint());
    EXPECT_EQ(world.acknowledged(), acknowledged);
    EXPECT_TRUE(world.has_failed());
}

// Goal    nor does it matter which operation of a recovery fails: the node starts. A failed sync is
//         final for the volume, here too; after any other failure the next start tries again.
// Method  the same life and the same power loss for every n; fail the n-th operation of the start
//         after it.
TEST(VolumeSimTest, AcknowledgedRowsSurviveTheFailureOfAnyOperationOfRecovery) {
    const auto [first, count] = seeds(2);
    std::int64_t failures = 0, opened_as_failed = 0, failed_until_the_next_start = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        for (std::int64_t n = 0;; ++n) {
            SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed) + " n=" + std::to_string(n));
            SimDisk disk({.seed = seed});
            VolumeWorld world(disk, seed);
            ASSERT_TRUE(world.start().ok());
            live(world, seed % 2 == 0 ? 200 : 60);  // with and without a checkpoint
            world.kill();
            disk.lose_power();
            const auto syncs_before = failed_syncs(disk);
            disk.fail_at(static_cast<std::int64_t>(disk.operations()) + n);
            ASSERT_TRUE(world.start().ok());
            const bool fired = disk.fault_fired();
            if (failed_syncs(disk) > syncs_before) {
                live_failed(world);
                if (++opened_as_failed % 2 == 0) {
                    world.kill();
                    ASSERT_TRUE(world.start().ok());
                    live_failed(world);
                }
            } else if (world.has_failed()) {
                live_failed(world);
                world.kill();
                ASSERT_TRUE(world.start().ok());
                EXPECT_FALSE(world.has_failed());
                ++failed_until_the_next_start;
            }
            ASSERT_EQ(bring_back(disk, world), "");
            if (!fired) break;
            ++failures;
        }
    }
    EXPECT_GT(failures, 40);
    EXPECT_GT(opened_as_failed, 10);
    EXPECT_GT(failed_until_the_next_start, 10);
}

// Goal    a moment without descriptors, whenever it comes, fails no volume and loses nothing.
// Method  refuse the n-th open and those after it for n = 0, 1, 2 ... until a life is over before
//         its turn.
TEST(VolumeSimTest, AVolumeLivesThroughAMomentWithoutDescriptors) {
    std::uint64_t refused = 0;
    const auto [first, count] = seeds(2);
    for (auto seed = first; seed < first + count; ++seed) {
        for (std::uint64_t n = 0;; ++n) {
            SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed) + " n=" + std::to_string(n));
            SimDisk disk({.seed = seed});
            VolumeWorld world(disk, seed);
            ASSERT_TRUE(world.start().ok());
            const auto from = disk.opens() + n;
            disk.refuse_opens(from, 1 + n % 7);
            live(world, 220);
            const bool fired = disk.opens() > from;
            ASSERT_FALSE(world.has_failed());
            disk.refuse_opens(0, 0);
            const auto acknowledged = world.acknowledged();
            live(world, 60);
            world.settle();
            EXPECT_GT(world.acknowledged(), acknowledged) << "it takes rows again";
            ASSERT_EQ(bring_back(disk, world), "");
            refused += disk.faults()[Fault::no_descriptor];
            if (!fired) break;
        }
    }
    EXPECT_GT(refused, 100U);
}

class FullDiskSimTest : public testing::TestWithParam<bool> {};

// Goal    a disk that is full and then has room again loses nothing, without a restart; also one
//         where an overwrite needs room.
TEST_P(FullDiskSimTest, AFullDiskIsSurvivedWithoutARestart) {
    const auto [first, count] = seeds(25);
    std::uint64_t full = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed));
        SimDisk disk({.seed = seed, .copy_on_write = GetParam()});
        VolumeWorld world(disk, seed);
        ASSERT_TRUE(world.start().ok());
        live(world, 100);
        disk.set_capacity(30'000 + seed * 300);
        live(world, 400);
        full += disk.faults()[Fault::no_space];
        world.settle();
        const auto failures = world.checkpoint_failures();
        world.settle();
        // Three seconds, and a try every second.
        EXPECT_LE(world.checkpoint_failures() - failures, 4U) << "tries of a checkpoint pile up";
        disk.set_capacity(SimDisk::kUnlimited);
        live(world, 100);
        for (int i = 0; i < 5; ++i) world.settle();
        EXPECT_FALSE(world.has_failed());
        ASSERT_EQ(bring_back(disk, world), "");
    }
    EXPECT_GT(full, 20U);
}

INSTANTIATE_TEST_SUITE_P(Disks, FullDiskSimTest, testing::Bool(), [](const auto& copies) {
    return copies.param ? "CopyOnWrite" : "Overwriting";
});

// Goal    a start on a disk that is full loses nothing: the volume is there, as failed if it must
//         be, and the start after it, with room, has every row.
// Method  a life; a power loss; a start without a free byte; then one with room.
TEST(VolumeSimTest, AStartOnAFullDiskLosesNothing) {
    const auto [first, count] = seeds(25);
    std::uint64_t failed = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE("MILLRACE_SIM_SEED=" + std::to_string(seed));
        SimDisk disk({.seed = seed});
        VolumeWorld world(disk, seed);
        ASSERT_TRUE(world.start().ok());
        live(world, 150);
        world.kill();
        disk.lose_power();
        disk.set_capacity(0);
        ASSERT_TRUE(world.start().ok());
        if (world.has_failed()) {
            live_failed(world);
            ++failed;
        }
        world.kill();
        disk.set_capacity(SimDisk::kUnlimited);
        ASSERT_TRUE(world.start().ok());
        EXPECT_FALSE(world.has_failed()) << "the full disk was called a failed one for good";
        ASSERT_EQ(bring_back(disk, world), "");
    }
    EXPECT_GT(failed, 10U);
}

// Goal    nobody takes a volume for empty that has failed and was not recovered.
// Method  fail a volume that has rows; restart it as it is, then as a person has accepted it.
TEST(VolumeSimTest, RowsOfAFailedVolumeAreUnknownFromTheRestartUntilItIsAccepted) {
    SimDisk disk({.seed = 1});
    VolumeWorld world(disk, 1);
    ASSERT_TRUE(world.start().ok());
    for (int i = 0; i < 1000 && world.local_slices() == 0; ++i) world.step();
    ASSERT_GT(world.local_slices(), 0U);
    world.fail();
    EXPECT_TRUE(world.unknown_volumes().empty()) << "this life still knows them";
    EXPECT_GT(world.local_slices(), 0U);

    world.kill();
    ASSERT_TRUE(world.start().ok());
    ASSERT_TRUE(world.has_failed());
    EXPECT_EQ(world.unknown_volumes(), std::vector{VolumeId("default")});
    EXPECT_EQ(world.local_slices(), 0U);

    world.kill();
    world.accept_failure();
    ASSERT_TRUE(world.start().ok());
    EXPECT_TRUE(world.unknown_volumes().empty());
    EXPECT_GT(world.local_slices(), 0U);
}

}  // namespace
}  // namespace millrace::sim
