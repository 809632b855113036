#include "core/lifecycle/volume_reports.h"

#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/unit/core/lifecycle/fake_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::lifecycle {
namespace {

using Fate = test::Unreliable::Fate;

struct VolumeReportsTest : testing::Test {
    VolumeReportsTest() {
        journal.append(SinkVersion{SinkNumber(1), MappingVersion(1)}, "a");
        file = journal.open_files().at(0);
        fakes.slices.sealed[file.slice->opening.slice] = *file.slice;
    }
    void fail_everything() {
        fakes.fate.set([](int) { return Fate::does_not_happen; });
    }

    test::ManualClock clock;
    test::FakeStores fakes;
    test::FakeJournal journal{fakes.slices, clock, 1};
    test::ManualExecutor executor{clock};
    Strand strand{executor, clock};
    std::vector<StepFailed> failed;
    LifecycleEvents events{.step_failed = [this](const auto& event) { failed.push_back(event); }};
    int recorded = 0;
    VolumeReports reports{fakes.stores(),
                          strand,
                          events,
                          {.slice = [this](SliceId slice) { fakes.slices.forget(slice); },
                           .any = [this] { ++recorded; }}};
    OpenFile file;
};

TEST_F(VolumeReportsTest, SealedSliceIsForgottenOnceTheCatalogHasIt) {
    reports.slice_sealed(*file.slice);
    executor.run_ready();
    EXPECT_EQ(fakes.catalog.slices.size(), 1U);
    EXPECT_TRUE(fakes.slices.sealed.empty());
    EXPECT_EQ(recorded, 1);
    EXPECT_EQ(executor.pending(), 0U);
}

TEST_F(VolumeReportsTest, ReportsOfOneTurnAreOneWrite) {
    int writes = 0;
    fakes.fate.set([&](int) {
        ++writes;
        return Fate::works;
    });
    reports.slice_sealed(*file.slice);
    reports.file_closed(file);
    executor.run_ready();
    EXPECT_EQ(writes, 1);
    EXPECT_EQ(fakes.catalog.slices.size(), 1U);
    EXPECT_EQ(fakes.catalog.files.at(file.id).file.state, FileState::closing);
    EXPECT_EQ(recorded, 2);
}

TEST_F(VolumeReportsTest, FailedReportIsRepeatedWithGrowingDelaysUntilItIsTaken) {
    fail_everything();
    reports.slice_sealed(*file.slice);
    executor.run_ready();
    for (int i = 0; i < 10; ++i) {
        clock.advance(std::chrono::minutes(6));
        executor.run_one();
    }
    ASSERT_EQ(failed.size(), 11U);
    EXPECT_EQ(failed.back().attempt, 11U);
    EXPECT_GT(failed.back().retry_in, std::chrono::minutes(4));
    EXPECT_EQ(fakes.slices.sealed.size(), 1U);
    EXPECT_EQ(recorded, 0);

    fakes.fate.set(test::Unreliable::works);
    clock.advance(std::chrono::minutes(6));
    executor.run_ready();
    EXPECT_EQ(fakes.catalog.slices.size(), 1U);
    EXPECT_TRUE(fakes.slices.sealed.empty());
    EXPECT_EQ(recorded, 1);
    EXPECT_EQ(executor.pending(), 0U);
}

TEST_F(VolumeReportsTest, LostBatchesAreRecordedWhenTheCatalogCanBeWritten) {
    fail_everything();
    reports.batches_lost(VolumeId("fast"), BatchNumber(3), BatchNumber(5));
    EXPECT_TRUE(fakes.catalog.lost.empty());
    fakes.fate.set(test::Unreliable::works);
    clock.advance(std::chrono::minutes(1));
    executor.run_ready();
    EXPECT_TRUE(fakes.catalog.lost.contains({VolumeId("fast"), BatchNumber(3), BatchNumber(5)}));
}

TEST_F(VolumeReportsTest, LostBatchesOfAVolumeThatWaitAreOneReport) {
    const VolumeId fast("fast");
    fail_everything();
    for (std::uint64_t batch = 3; batch <= 100; ++batch) {
        reports.batches_lost(fast, BatchNumber(batch), BatchNumber(batch));
    }
    reports.batches_lost(fast, BatchNumber(102), BatchNumber(103));
    reports.batches_lost(VolumeId("slow"), BatchNumber(101), BatchNumber(104));
    EXPECT_EQ(executor.pending(), 2U) << "one of each volume";
    EXPECT_EQ(failed.size(), 2U);

    // The second range fails once more: only that is written again.
    fakes.fate.set([](int call) { return call == 1 ? Fate::does_not_happen : Fate::works; });
    for (int i = 0; i < 2; ++i) {
        clock.advance(std::chrono::minutes(1));
        executor.run_ready();
    }
    using Lost = std::tuple<VolumeId, BatchNumber, BatchNumber>;
    EXPECT_EQ(fakes.catalog.lost,
              (std::set<Lost>{{fast, BatchNumber(3), BatchNumber(100)},
                              {fast, BatchNumber(102), BatchNumber(103)},
                              {VolumeId("slow"), BatchNumber(101), BatchNumber(104)}}));
    EXPECT_EQ(executor.pending(), 0U);
    EXPECT_FALSE(reports.has_older(SinkNumber(), FileId(make_uuid_v7(clock.age(), 0, 0))));

    reports.batches_lost(fast, BatchNumber(104), BatchNumber(104));
    EXPECT_TRUE(fakes.catalog.lost.contains({fast, BatchNumber(104), BatchNumber(104)}));
}

TEST_F(VolumeReportsTest, FileWithAnOpenReportIsOlderThanLaterFilesOfItsSink) {
    const FileId later(make_uuid_v7(clock.age() + Milliseconds(1), 0, 0));
    const SinkNumber sink(1);
    EXPECT_FALSE(reports.has_older(sink, later));
    fail_everything();
    reports.slice_sealed(*file.slice);
    reports.file_closed(file);
    EXPECT_TRUE(reports.has_older(sink, later)) << "before it is tried";
    executor.run_ready();
    EXPECT_TRUE(reports.has_older(sink, later));
    EXPECT_FALSE(reports.has_older(sink, file.id));
    EXPECT_FALSE(reports.has_older(SinkNumber(2), later));

    fakes.fate.set([](int call) { return call == 1 ? Fate::does_not_happen : Fate::works; });
    clock.advance(std::chrono::milliseconds(1200));
    executor.run_ready();
    EXPECT_TRUE(reports.has_older(sink, later)) << "one of the two reports is still open";
    clock.advance(std::chrono::minutes(1));
    executor.run_ready();
    EXPECT_FALSE(reports.has_older(sink, later));
}

}  // namespace
}  // namespace millrace::lifecycle
