#include "core/lifecycle/cleanup_step.h"

#include <gtest/gtest.h>

#include "core/policy/retention.h"
#include "tests/support/manual_executor.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;

// Slices that were imported, with both copies left behind.
struct CleanupStepTest : testing::Test {
    void add_imported(std::uint32_t number) {
        const SliceId id(make_uuid_v7(clock.wall(), number, number));
        auto& row = fakes.catalog.slices[id];
        row.slice.opening.slice = id;
        row.slice.opening.file = FileId(id.value);
        row.slice.content.last_sequence = Sequence(5);
        row.slice.state = SliceState::imported;
        row.slice.staging_key = to_string(id);
        row.staged_left = true;
        fakes.slices.files[id] = "a\n";
        fakes.staging.objects[to_string(id)] = "a\n";
        auto& file = fakes.catalog.files[FileId(id.value)];
        file.file.id = FileId(id.value);
        file.file.state = FileState::imported;
        file.imported_at = clock.wall();
    }
    Result<bool> clean(Sequence checkpointed = Sequence(5)) {
        return clean_up(clock.wall(), {{VolumeId(), checkpointed}}, fakes.stores());
    }

    test::ManualClock clock;
    test::FakeStores fakes;
};

TEST_F(CleanupStepTest, DeletesWhatIsLeftAndForgetsAfterAnHour) {
    add_imported(1);
    auto cleaned = clean();
    ASSERT_TRUE(cleaned.ok());
    EXPECT_FALSE(cleaned.value());
    EXPECT_TRUE(fakes.slices.files.empty());
    EXPECT_TRUE(fakes.staging.objects.empty());
    EXPECT_EQ(fakes.catalog.files.size(), 1U);

    clock.advance(policy::kImportedKept + Milliseconds(1));
    ASSERT_TRUE(clean(Sequence(4)).ok());
    EXPECT_EQ(fakes.catalog.files.size(), 1U) << "a restart could replay it";
    ASSERT_TRUE(clean(Sequence(5)).ok());
    EXPECT_TRUE(fakes.catalog.files.empty());
    EXPECT_TRUE(fakes.catalog.slices.empty());
}

TEST_F(CleanupStepTest, OneFailureDoesNotStopTheOthers) {
    for (std::uint32_t number = 1; number <= 3; ++number) add_imported(number);
    fakes.fate.set([](int call) { return call == 1 ? Fate::does_not_happen : Fate::works; });
    const auto cleaned = clean();
    ASSERT_FALSE(cleaned.ok());
    EXPECT_EQ(cleaned.error().code(), Code::unavailable);
    EXPECT_EQ(fakes.slices.files.size(), 1U);
    EXPECT_TRUE(fakes.staging.objects.empty());
    ASSERT_TRUE(clean().ok());
    EXPECT_TRUE(fakes.slices.files.empty());
}

TEST_F(CleanupStepTest, TellsWhetherAnotherBatchWaits) {
    for (std::uint32_t number = 0; number < policy::kCleanupBatch + 1; ++number)
        add_imported(number);
    auto cleaned = clean();
    ASSERT_TRUE(cleaned.ok());
    EXPECT_TRUE(cleaned.value());
    cleaned = clean();
    ASSERT_TRUE(cleaned.ok());
    EXPECT_FALSE(cleaned.value());
    EXPECT_TRUE(fakes.slices.files.empty());
}

}  // namespace
}  // namespace millrace::lifecycle
