#include "storage/journal/binder.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/counting_rng.h"

namespace millrace::journal {
namespace {

constexpr WallTime kNow{1'000};
constexpr AgeTime kAge{1'000};

RowGroup group(std::uint64_t sink, std::uint32_t mapping, std::uint32_t rows, std::uint64_t bytes) {
    return {.sink = {SinkNumber(sink), MappingVersion(mapping)}, .rows = rows, .bytes = bytes};
}

class BinderTest : public testing::Test {
protected:
    SliceId bind(const RowGroup& rows, std::uint64_t sequence = 1) {
        opened_.reset();
        return binder_.bind(rows,
                            {.at = kNow,
                             .age = kAge,
                             .frame = Sequence(sequence),
                             .batch = BatchNumber(sequence * 10)},
                            opened_);
    }

    test::CountingRng rng_{1000};
    Binder binder_{rng_, VolumeId("fast")};
    std::optional<SliceOpening> opened_;
};

TEST_F(BinderTest, FirstRowsOpenASliceAndLaterOnesUseIt) {
    const auto slice = bind(group(1, 1, 2, 20));
    ASSERT_TRUE(opened_);
    EXPECT_EQ(opened_->slice, slice);
    EXPECT_EQ(bind(group(1, 1, 3, 30), 2), slice);
    EXPECT_FALSE(opened_);

    const auto files = binder_.open_files();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].rows, 5U);
    EXPECT_EQ(files[0].bytes, 50U);
    EXPECT_EQ(files[0].slices, 1U);
    EXPECT_EQ(files[0].volume, VolumeId("fast"));
    EXPECT_EQ(files[0].slice->opening.volume, VolumeId("fast"));
    EXPECT_EQ(files[0].slice->content.last_sequence, Sequence(2));
    EXPECT_EQ(files[0].slice->content.first_batch, BatchNumber(10));
    EXPECT_EQ(files[0].slice->content.last_batch, BatchNumber(20));
}

TEST_F(BinderTest, AClosedSliceIsFollowedByAnotherOfTheSameFile) {
    const auto first = bind(group(1, 1, 1, 10));
    const auto file = opened_->file;
    EXPECT_TRUE(binder_.close_slice(first));
    EXPECT_FALSE(binder_.close_slice(first)) << "it is not open any more";
    EXPECT_NE(bind(group(1, 1, 1, 10)), first);
    ASSERT_TRUE(opened_);
    EXPECT_EQ(opened_->file, file);
    EXPECT_EQ(binder_.open_files()[0].slices, 2U);
}

TEST_F(BinderTest, AClosedFileIsFollowedByAnother) {
    bind(group(1, 1, 1, 10));
    const auto file = opened_->file;
    const auto closed = binder_.close_file(file);
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->slices, 1U);
    EXPECT_TRUE(closed->slice);
    EXPECT_FALSE(binder_.close_file(file));
    bind(group(1, 1, 1, 10));
    EXPECT_NE(opened_->file, file);
}

TEST_F(BinderTest, OlderVersionsOfOneSinkAreClosedAndNothingElse) {
    bind(group(1, 1, 1, 10));
    const auto old_file = opened_->file;
    bind(group(1, 2, 1, 10));
    bind(group(2, 1, 1, 10));
    const auto closed = binder_.close_versions(SinkNumber(1), MappingVersion(2));
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].id, old_file);
    EXPECT_EQ(binder_.open_files().size(), 2U);
}

TEST_F(BinderTest, ARestoredFileGoesOnWithItsCounters) {
    OpenFile file{.id = FileId(rng_.uuid_v7(kAge)),
                  .sink = {SinkNumber(1), MappingVersion(1)},
                  .opened_at = kNow,
                  .slices = 3,
                  .rows = 100,
                  .bytes = 1000};
    binder_.restore(file);
    bind(group(1, 1, 1, 10));
    ASSERT_TRUE(opened_);
    EXPECT_EQ(opened_->file, file.id);
    EXPECT_EQ(binder_.open_files()[0].rows, 101U);
    EXPECT_EQ(binder_.open_files()[0].slices, 4U);
}

TEST_F(BinderTest, UndoTakesBackWhatAFailedFrameBound) {
    const auto slice = bind(group(1, 1, 1, 10));
    binder_.keep();
    bind(group(1, 1, 5, 50), 2);
    bind(group(2, 1, 1, 10), 2);
    const auto lost_file = opened_->file;
    binder_.undo();

    const auto files = binder_.open_files();
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(files[0].rows, 1U);
    EXPECT_EQ(files[0].slice->content.last_sequence, Sequence(1));
    EXPECT_FALSE(binder_.close_file(lost_file));
    EXPECT_TRUE(binder_.close_slice(slice));
}

TEST_F(BinderTest, FilesOpenedInOneMillisecondAreOrderedByTheirOpening) {
    FileId last;
    for (int i = 0; i < 1000; ++i) {
        bind(group(1, 1, 1, 10));
        ASSERT_GT(opened_->file, last);
        last = opened_->file;
        binder_.close_file(last);
    }
}

TEST_F(BinderTest, AClockThatIsSetBackDoesNotTurnTheOrder) {
    bind(group(1, 1, 1, 10));
    const auto first = *opened_;
    binder_.close_file(first.file);
    opened_.reset();
    binder_.bind(group(1, 1, 1, 10),
                 {.at = WallTime{1},
                  .age = kAge + Milliseconds(5),
                  .frame = Sequence(2),
                  .batch = BatchNumber(2)},
                 opened_);
    EXPECT_GT(opened_->file, first.file);
    EXPECT_EQ(opened_->opened_at, WallTime{1}) << "what is stamped ahead does not stay so";
}

TEST_F(BinderTest, NothingComesBeforeWhatTheLifeBeforeLeft) {
    const Uuid newest = make_uuid_v7(kAge + Milliseconds(60'000), 7, 7);
    binder_.begin_after(newest);
    bind(group(1, 1, 1, 10));
    EXPECT_GT(opened_->file.value, newest);
    EXPECT_GT(opened_->slice.value, newest);
    EXPECT_EQ(opened_->opened_at, kNow);
}

// One life may have imported and forgotten what it opened after the newest that the next one finds.
TEST_F(BinderTest, TwoLivesThatBeginAtOnePlaceGiveDifferentIds) {
    const Uuid newest = make_uuid_v7(kAge, ~std::uint64_t{0}, 7);
    std::set<Uuid> given;
    for (int life = 0; life < 10; ++life) {
        Binder binder(rng_, VolumeId("fast"));
        binder.begin_after(newest);
        std::optional<SliceOpening> opened;
        binder.bind(group(1, 1, 1, 10),
                    {.at = kNow, .age = kAge, .frame = Sequence(1), .batch = BatchNumber(1)},
                    opened);
        EXPECT_GT(opened->file.value, newest);
        EXPECT_GT(opened->slice, SliceId(opened->file.value));
        EXPECT_TRUE(given.insert(opened->file.value).second);
        EXPECT_TRUE(given.insert(opened->slice.value).second);
    }
}

}  // namespace
}  // namespace millrace::journal
