#include "core/lifecycle/cleanup_step.h"

#include <gtest/gtest.h>

#include <set>

#include "core/policy/retention.h"
#include "tests/support/manual_executor.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;

// Slices that were imported, with both copies left behind.
struct CleanupStepTest : testing::Test {
    void add_imported(std::uint32_t number) {
        const SliceId id(make_uuid_v7(clock.age(), number, number));
        auto& row = fakes.catalog.slices[id];
        row.slice.opening.slice = id;
        row.slice.opening.file = FileId(id.value);
        row.slice.content.last_sequence = Sequence(5);
        row.slice.state = SliceState::imported;
        row.slice.staged.key = to_string(id);
        row.staged_left = true;
        fakes.slices.files[id] = "a\n";
        fakes.staging.objects[to_string(id)] = "a\n";
        auto& file = fakes.catalog.files[FileId(id.value)];
        file.file.id = FileId(id.value);
        file.file.sink = sink;
        file.file.state = FileState::imported;
        fakes.target.ledger[FileId(id.value)] = {};
        file.imported_at = clock.age();
    }
    CleanedUp clean(Sequence checkpointed = Sequence(5)) {
        auto stores = fakes.stores();
        stores.hold = &hold;
        stores.imports_remembered = remembered;
        return clean_up(clock.age(), {{VolumeId(), checkpointed}}, place, stores);
    }

    test::ManualClock clock;
    test::FakeStores fakes;
    LeftoverPlace place;
    RemovalHold hold;
    Milliseconds remembered{0};
    SinkVersion sink = fakes.add_sink(1, test::patient_settings());
};

TEST_F(CleanupStepTest, DeletesWhatIsLeftAndForgetsAfterAnHour) {
    add_imported(1);
    const auto cleaned = clean();
    EXPECT_FALSE(cleaned.failure);
    EXPECT_FALSE(cleaned.more);
    EXPECT_TRUE(fakes.slices.files.empty());
    EXPECT_TRUE(fakes.staging.objects.empty());
    EXPECT_EQ(fakes.catalog.files.size(), 1U);

    clock.advance(policy::kImportedKept + Milliseconds(1));
    EXPECT_FALSE(clean(Sequence(4)).failure);
    EXPECT_EQ(fakes.catalog.files.size(), 1U) << "a restart could replay it";
    EXPECT_EQ(fakes.target.ledger.size(), 1U);
    EXPECT_FALSE(clean(Sequence(5)).failure);
    EXPECT_TRUE(fakes.catalog.files.empty());
    EXPECT_TRUE(fakes.catalog.slices.empty());
    EXPECT_TRUE(fakes.target.ledger.empty());
}

TEST_F(CleanupStepTest, NothingIsRemovedWhileThatIsHeld) {
    add_imported(1);
    {
        const RemovalHold::Held held(hold);
        EXPECT_FALSE(clean().failure);
        EXPECT_EQ(fakes.slices.files.size(), 1U);
        EXPECT_EQ(fakes.staging.objects.size(), 1U);
        clock.advance(policy::kImportedKept + Milliseconds(1));
        EXPECT_FALSE(clean().failure);
        EXPECT_EQ(fakes.catalog.files.size(), 1U) << "it still names what is there";
    }
    EXPECT_FALSE(clean().failure);
    EXPECT_TRUE(fakes.slices.files.empty());
    EXPECT_TRUE(fakes.staging.objects.empty());
}

// Goal    a backup finds in the target what was imported since, for as long as it may be restored.
TEST_F(CleanupStepTest, ATargetThatRemembersImportsForgetsOldOnesOnceAnHour) {
    remembered = std::chrono::hours(48);
    for (std::uint32_t hour = 1; hour <= 4; ++hour) {
        add_imported(hour);
        EXPECT_FALSE(clean().failure);
        clock.advance(policy::kImportedKept + Milliseconds(1));
        EXPECT_FALSE(clean().failure);
    }
    EXPECT_TRUE(fakes.catalog.files.empty());
    EXPECT_EQ(fakes.target.ledger.size(), 4U) << "the catalog forgets, the target does not";
    ASSERT_EQ(fakes.target.forgotten_old.size(), 3U) << "not when the bucket is first seen";
    const auto& old = fakes.target.forgotten_old.back();
    EXPECT_EQ(old.age, remembered);
    EXPECT_EQ(old.before, FileId(make_uuid_v7(clock.age() + -remembered, 0, 0)));
}

TEST_F(CleanupStepTest, AFileThatTheCatalogStillHasIsForgottenAgain) {
    add_imported(1);
    EXPECT_FALSE(clean().failure);
    clock.advance(policy::kImportedKept + Milliseconds(1));
    constexpr int kDeleteImported = 4;  // after the lists, the mapping and the target's part
    fakes.fate.set(
        [](int call) { return call >= kDeleteImported ? Fate::does_not_happen : Fate::works; });
    EXPECT_TRUE(clean().failure);
    EXPECT_TRUE(fakes.target.ledger.empty());
    EXPECT_EQ(fakes.catalog.files.size(), 1U);
    fakes.fate.set(test::Unreliable::works);
    EXPECT_FALSE(clean().failure);
    EXPECT_TRUE(fakes.catalog.files.empty());
}

TEST_F(CleanupStepTest, OneFailureDoesNotStopTheOthers) {
    for (std::uint32_t number = 1; number <= 3; ++number) add_imported(number);
    fakes.fate.set([](int call) { return call == 1 ? Fate::does_not_happen : Fate::works; });
    const auto cleaned = clean();
    ASSERT_TRUE(cleaned.failure);
    EXPECT_EQ(cleaned.failure->code(), Code::unavailable);
    EXPECT_EQ(fakes.slices.files.size(), 1U);
    EXPECT_TRUE(fakes.staging.objects.empty());
    EXPECT_FALSE(clean().failure);
    EXPECT_TRUE(fakes.slices.files.empty());
}

TEST_F(CleanupStepTest, TellsWhetherAnotherBatchWaits) {
    for (std::uint32_t number = 0; number < policy::kCleanupBatch + 1; ++number)
        add_imported(number);
    EXPECT_TRUE(clean().more);
    EXPECT_FALSE(clean().more);
    EXPECT_TRUE(fakes.slices.files.empty());
}

TEST_F(CleanupStepTest, WhatCannotBeDeletedHidesNothingAndIsTriedAgain) {
    for (std::uint32_t number = 0; number < 2 * policy::kCleanupBatch + 1; ++number) {
        add_imported(number);
    }
    const auto stuck = policy::kCleanupBatch;
    std::set<SliceId> refused;
    fakes.slices.refuses_to_remove = [&](SliceId slice) {
        if (refused.size() < stuck) refused.insert(slice);
        return refused.contains(slice);
    };
    const auto first = clean();
    EXPECT_TRUE(first.failure);
    EXPECT_TRUE(first.more);
    EXPECT_TRUE(clean().more);
    EXPECT_FALSE(clean().more);
    EXPECT_EQ(fakes.slices.files.size(), stuck);
    EXPECT_TRUE(fakes.staging.objects.empty());

    fakes.slices.refuses_to_remove = [](SliceId) { return false; };
    EXPECT_TRUE(clean().more);
    EXPECT_FALSE(clean().more);
    EXPECT_TRUE(fakes.slices.files.empty());
}

}  // namespace
}  // namespace millrace::lifecycle
