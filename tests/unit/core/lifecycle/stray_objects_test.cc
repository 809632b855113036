#include "core/lifecycle/stray_objects.h"

#include <gtest/gtest.h>

#include "core/lifecycle/staging_key.h"
#include "core/policy/retention.h"
#include "tests/support/manual_executor.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

struct StrayObjectsTest : testing::Test {
    // An object of an attempt to upload that slice.
    std::string put(std::uint32_t slice, const std::string& attempt) {
        auto key = staging_key(opening(slice), attempt, Compression::none);
        fakes.staging.objects[key] = "a\n";
        return key;
    }
    SliceOpening opening(std::uint32_t number) {
        return {.slice = SliceId(make_uuid_v7(AgeTime{1}, number, number)),
                .file = FileId(make_uuid_v7(AgeTime{1}, number, 0)),
                .sink = {.sink = SinkNumber(7), .mapping = MappingVersion(1)},
                .opened_at = {}};
    }
    Slice& know(std::uint32_t number, SliceState state, const std::string& key) {
        auto& slice = fakes.catalog.slices[opening(number).slice].slice;
        slice.opening = opening(number);
        slice.state = state;
        slice.staged.key = key;
        return slice;
    }
    // A whole walk, `later` after the one before.
    void walk(Milliseconds later = policy::kStrayKept) {
        clock.advance(later);
        while (strays.walk_on(clock.steady(), fakes.stores()).more) {
        }
    }
    bool is_there(const std::string& key) { return fakes.staging.objects.contains(key); }

    test::ManualClock clock;
    test::FakeStores fakes;
    StrayObjects strays{fakes.staging};
};

TEST_F(StrayObjectsTest, RemovesTheObjectsOfAttemptsThatDidNotCount) {
    const auto winner = put(1, "a2");
    const auto loser = put(1, "a1");
    const auto forgotten = put(2, "a1");
    know(1, SliceState::uploaded, winner);
    walk();
    EXPECT_FALSE(is_there(loser)) << "another one counts, for good";
    EXPECT_TRUE(is_there(forgotten)) << "seen once only";
    walk();
    EXPECT_FALSE(is_there(forgotten));
    EXPECT_TRUE(is_there(winner));
}

// Goal    killed attempts fill no staging of a service that is started again and again.
// Method  the slice is uploaded anew after the first look, which is at the start.
TEST_F(StrayObjectsTest, WhatAKilledAttemptHasLeftGoesSoonAfterTheStart) {
    const auto killed = put(1, "a1");
    know(1, SliceState::uploading, "");
    walk(Milliseconds{0});
    EXPECT_TRUE(is_there(killed));
    const auto winner = put(1, "a2");
    know(1, SliceState::uploaded, winner);
    walk(policy::kStrayLookedAgain - Milliseconds{1});
    EXPECT_TRUE(is_there(killed)) << "it is not time for a look";
    walk(Milliseconds{1});
    EXPECT_FALSE(is_there(killed));
    EXPECT_TRUE(is_there(winner));
    put(1, "a1");
    walk(policy::kStrayKept - Milliseconds{1});
    EXPECT_TRUE(is_there(killed)) << "it is not time for a look";
    walk(Milliseconds{1});
    EXPECT_FALSE(is_there(killed));
}

// Goal    a staging that gets another name, or has two, keeps what it has.
TEST_F(StrayObjectsTest, AnObjectOfAStagingThatWasRenamedStays) {
    const auto key = put(1, "a1");
    know(1, SliceState::uploaded, key).staged.staging = StagingName("cold");
    for (int i = 0; i < 3; ++i) walk();
    EXPECT_TRUE(is_there(key));
}

TEST_F(StrayObjectsTest, WhatACommitMayStillNameStays) {
    const auto one = put(1, "a1");
    const auto two = put(2, "a1");
    know(1, SliceState::closing, "");
    know(2, SliceState::uploading, "");
    for (int i = 0; i < 5; ++i) walk();
    EXPECT_TRUE(is_there(one));
    EXPECT_TRUE(is_there(two));
}

TEST_F(StrayObjectsTest, AnObjectThatWasForgottenAMomentAgoStaysForAnHour) {
    const auto key = put(1, "a1");
    know(1, SliceState::imported, key);
    walk();
    walk();
    fakes.catalog.slices.clear();
    walk();
    walk(policy::kStrayKept / 2);
    EXPECT_TRUE(is_there(key));
    walk(policy::kStrayKept / 2);
    EXPECT_FALSE(is_there(key));
}

TEST_F(StrayObjectsTest, AStrayThatGetsAnOwnerBeginsAnew) {
    const auto key = put(1, "a1");
    walk();
    know(1, SliceState::uploaded, key);
    walk();
    fakes.catalog.slices.clear();
    walk();
    EXPECT_TRUE(is_there(key)) << "it was somebody's one walk ago";
    walk();
    EXPECT_FALSE(is_there(key));
}

TEST_F(StrayObjectsTest, ObjectsOfOthersStay) {
    fakes.staging.objects["notes.txt"] = "mine";
    fakes.staging.objects["7/photo.csv"] = "mine";
    for (int i = 0; i < 3; ++i) walk();
    EXPECT_EQ(fakes.staging.objects.size(), 2U);
}

TEST_F(StrayObjectsTest, OneThatCannotBeRemovedHidesNoOther) {
    const auto first = put(1, "a1");
    const auto second = put(2, "a1");
    walk();
    clock.advance(policy::kStrayKept);
    fakes.fate.set([](int call) {  // the list, then the first removal
        return call == 1 ? test::Unreliable::Fate::does_not_happen : test::Unreliable::Fate::works;
    });
    const auto walked = strays.walk_on(clock.steady(), fakes.stores());
    EXPECT_TRUE(walked.failure);
    EXPECT_TRUE(is_there(first));
    EXPECT_FALSE(is_there(second));
    walk();
    EXPECT_FALSE(is_there(first));
}

TEST_F(StrayObjectsTest, AFailedListIsTriedAgainAndForgetsNothing) {
    const auto key = put(1, "a1");
    walk();
    fakes.fate.broken = "list";
    clock.advance(policy::kStrayKept);
    EXPECT_TRUE(strays.walk_on(clock.steady(), fakes.stores()).failure);
    fakes.fate.broken = {};
    EXPECT_FALSE(strays.walk_on(clock.steady(), fakes.stores()).failure);
    EXPECT_FALSE(is_there(key));
}

TEST_F(StrayObjectsTest, WalksThroughMoreThanAPage) {
    for (std::uint32_t number = 1; number <= 1001; ++number) put(number, "a1");
    walk();
    walk();
    EXPECT_TRUE(fakes.staging.objects.empty());
}

}  // namespace
}  // namespace millrace::lifecycle
