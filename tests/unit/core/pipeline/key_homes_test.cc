#include "core/pipeline/key_homes.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "tests/support/manual_executor.h"
#include "tests/support/memory_key_homes.h"

namespace millrace::pipeline {
namespace {

const Fingerprint kShop = fingerprint_of({"shop"});
const Fingerprint kOther = fingerprint_of({"other"});
const VolumeId kA("a");
const VolumeId kB("b");
constexpr Milliseconds kDay = std::chrono::hours(24);

class KeyHomesTest : public testing::Test {
protected:
    KeyPlace ask(const VolumeId& volume, Milliseconds window = kDay) {
        return homes_.ask(kShop, volume, window);
    }
    void record(const Fingerprint& source, const VolumeId& volume, Milliseconds window = kDay) {
        ASSERT_TRUE(homes_.record(std::array{RecordedKeyHomes::Home{source, volume, window}}).ok());
    }

    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    testing_support::MemoryKeyHomes store_;
    std::set<VolumeId> away_;
    int failures_ = 0;
    RecordedKeyHomes homes_{
        {.store = store_,
         .clock = clock_,
         .executor = executor_,
         .is_away = [this](const VolumeId& volume) { return away_.contains(volume); },
         .failed = [this](const Error&) { ++failures_; }}};
};

TEST_F(KeyHomesTest, ASourceIsOnRecordBeforeItsFirstKeyIsTaken) {
    EXPECT_EQ(ask(kA), KeyPlace::unknown);
    EXPECT_EQ(ask(kA), KeyPlace::unknown);
    EXPECT_TRUE(store_.homes.empty()) << "a loop does not write";
    executor_.run_ready();
    EXPECT_EQ(store_.writes, 1);
    EXPECT_EQ(ask(kA), KeyPlace::here);
    EXPECT_EQ(homes_.ask(kOther, kA, kDay), KeyPlace::unknown);
    executor_.run_ready();
    EXPECT_EQ(homes_.ask(kOther, kA, kDay), KeyPlace::here);
}

TEST_F(KeyHomesTest, WhatCannotBeRecordedIsAskedForAgain) {
    store_.broken = true;
    EXPECT_EQ(ask(kA), KeyPlace::unknown);
    executor_.run_ready();
    EXPECT_EQ(failures_, 1);
    EXPECT_EQ(ask(kA), KeyPlace::unknown);
    store_.broken = false;
    executor_.run_ready();
    EXPECT_EQ(ask(kA), KeyPlace::here);
}

TEST_F(KeyHomesTest, WhatIsOnRecordIsNotWrittenAgain) {
    record(kShop, kA);
    record(kShop, kA, kDay / 2);
    EXPECT_EQ(store_.writes, 1);
    EXPECT_EQ(ask(kA, kDay * 2), KeyPlace::unknown) << "its keys would outlive the record";
    executor_.run_ready();
    EXPECT_EQ(ask(kA, kDay * 2), KeyPlace::here);
    EXPECT_EQ(ask(kA), KeyPlace::here);
}

// Goal    while a volume that may have the key is away nothing new is taken, for as long as one of
//         its keys may be remembered, whatever restarts come between; other sources do not notice.
TEST_F(KeyHomesTest, AVolumeThatIsAwayIsMissedUntilItsKeysAreOver) {
    record(kShop, kA);
    record(kOther, kB);
    away_ = {kA};
    EXPECT_EQ(ask(kB), KeyPlace::away);
    EXPECT_EQ(homes_.ask(kOther, kB, kDay), KeyPlace::here);
    ASSERT_TRUE(homes_.tend().ok());
    clock_.advance(kDay);
    ASSERT_TRUE(homes_.load().ok());  // as a restart does
    ASSERT_TRUE(homes_.tend().ok());
    EXPECT_EQ(ask(kB), KeyPlace::away);
    clock_.advance(std::chrono::hours(1));
    EXPECT_EQ(ask(kB), KeyPlace::unknown);
    ASSERT_TRUE(homes_.tend().ok());
    EXPECT_FALSE(store_.homes.contains({kShop, kA}));
    executor_.run_ready();
    EXPECT_EQ(ask(kB), KeyPlace::here);
    EXPECT_TRUE(store_.homes.contains({kOther, kB}));
}

TEST_F(KeyHomesTest, ASourceThatMovedIsMissedOnItsOldVolumeUntilItsKeysAreOver) {
    record(kShop, kA);
    record(kShop, kB);
    EXPECT_EQ(ask(kB), KeyPlace::here);
    EXPECT_EQ(ask(kA), KeyPlace::unknown) << "it is to be in use again before a key goes there";
    away_ = {kA};
    EXPECT_EQ(ask(kB), KeyPlace::away);
    clock_.advance(kDay + std::chrono::hours(1));
    EXPECT_EQ(ask(kB), KeyPlace::here) << "whether or not anybody has tidied up";
}

TEST_F(KeyHomesTest, AVolumeThatIsBackIsInUseAgain) {
    record(kShop, kA);
    away_ = {kA};
    ASSERT_TRUE(homes_.tend().ok());
    away_ = {};
    record(kShop, kA);
    EXPECT_EQ(ask(kA), KeyPlace::here);
    clock_.advance(kDay * 3);
    ASSERT_TRUE(homes_.tend().ok());
    EXPECT_EQ(ask(kA), KeyPlace::here);
}

// As after an upgrade from a version that kept no records, or a move.
TEST_F(KeyHomesTest, KeysThatAreFoundBesideTheHomeAreMissedUntilTheyAreOver) {
    record(kShop, kB);
    const std::array found{KeyFound{kShop, kA, clock_.age() + std::chrono::hours(5)}};
    ASSERT_TRUE(homes_.add(found).ok());
    ASSERT_TRUE(homes_.add(found).ok());
    EXPECT_EQ(store_.writes, 2) << "one for each record";
    away_ = {kA};
    EXPECT_EQ(ask(kB), KeyPlace::away);
    clock_.advance(std::chrono::hours(6));
    EXPECT_EQ(ask(kB), KeyPlace::here);
}

// The registry of volumes takes away what it ends.
TEST_F(KeyHomesTest, AVolumeThatHasEndedIsMissedByNobody) {
    record(kShop, kA);
    away_ = {kA};
    EXPECT_EQ(ask(kB), KeyPlace::away);
    store_.homes.erase({kShop, kA});
    ASSERT_TRUE(homes_.load().ok());
    EXPECT_EQ(ask(kB), KeyPlace::unknown);
}

}  // namespace
}  // namespace millrace::pipeline
