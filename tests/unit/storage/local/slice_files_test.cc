// Goal    rows wait in memory for company, but neither for long nor for many.
// Method  a disk in memory and a clock that the test moves; backlog_bytes() is what is not written.

#include "storage/local/slice_files.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "tests/sim/sim_executor.h"
#include "tests/support/memory_disk.h"

namespace millrace::local {
namespace {

using std::chrono::milliseconds;

class SliceFilesTest : public ::testing::Test {
protected:
    static constexpr std::size_t kSlice = 100;  // that a slice gathers
    static constexpr std::size_t kAll = 250;    // that all of them gather
    static constexpr milliseconds kTime{2000};

    SliceFilesTest() {
        EXPECT_TRUE(slices_.prepare().ok());
        EXPECT_TRUE(slices_.finish_recovery().ok());
    }

    static SliceId slice(std::uint8_t number) {
        Uuid id;
        id.bytes[15] = number;
        return SliceId(id);
    }
    // A frame with one row for the slice, which is opened at its first.
    SyncedFrame frame_of(std::uint8_t number, std::size_t bytes) {
        SyncedFrame frame;
        frame.sequence = Sequence(++frames_);
        frame.batches.emplace_back().csv = std::string(bytes, 'x');
        if (opened_.insert(number).second) {
            frame.openings.push_back({.slice = slice(number)});
        }
        frame.rows = {{.slice = slice(number), .batch = 0, .rows = 1, .offset = 0, .bytes = bytes}};
        return frame;
    }
    void write(std::uint8_t number, std::size_t bytes) {
        slices_.write(frame_of(number, bytes));
        scheduler_.run_for(milliseconds(0));
    }
    std::size_t files() const { return disk_.files().size(); }

    test::ManualClock clock_;
    sim::SimScheduler scheduler_{clock_, 1};
    testing_support::MemoryDisk disk_;
    const SliceFiles::Options options_{.directory = "/slices",
                                       .gather_bytes = kSlice,
                                       .gather_all_bytes = kAll,
                                       .gather_time = kTime,
                                       .frames = {.time = milliseconds(0), .bytes = 0},
                                       .open_files_max = 2};
    SliceFiles slices_{disk_, clock_, scheduler_.make_executor(), options_, {}};
    std::set<std::uint8_t> opened_;
    std::uint64_t frames_ = 0;
};

TEST_F(SliceFilesTest, RowsAreWrittenWhenTheFirstHasWaitedItsTime) {
    write(1, 10);
    scheduler_.run_for(kTime / 2);
    write(1, 10);
    EXPECT_EQ(slices_.backlog_bytes(), 20U);
    EXPECT_EQ(files(), 0U);
    scheduler_.run_for(kTime / 2);
    EXPECT_EQ(slices_.backlog_bytes(), 0U);
    EXPECT_EQ(files(), 1U);
}

// Goal    the memory of a batch is given back when its rows are written or gathered, also where the
//         disk has refused them: they are kept elsewhere then.
TEST_F(SliceFilesTest, MemoryOfABatchIsGivenBackOnce) {
    int given_back = 0;
    const auto write_batch = [&](std::uint8_t number, std::size_t bytes) {
        auto frame = frame_of(number, bytes);
        frame.batches.front().reuse = [&](std::string csv) {
            EXPECT_EQ(csv.size(), bytes);
            ++given_back;
        };
        slices_.write(std::move(frame));
        scheduler_.run_for(milliseconds(0));
    };
    write_batch(1, 10);
    EXPECT_EQ(given_back, 1);
    disk_.fail_after(0);
    write_batch(2, kSlice + 1);
    EXPECT_TRUE(disk_.fault_fired());
    EXPECT_EQ(given_back, 2);
    scheduler_.run_for(kTime);
    EXPECT_EQ(slices_.backlog_bytes(), 0U);
    EXPECT_EQ(disk_.files().size(), 2U);
}

TEST_F(SliceFilesTest, ASliceWithManyRowsDoesNotWait) {
    write(1, 10);
    write(2, kSlice - 1);
    write(2, 1);
    EXPECT_EQ(slices_.backlog_bytes(), 10U) << "the other one waits";
}

TEST_F(SliceFilesTest, ManySlicesWithFewRowsDoNotWaitTogether) {
    for (std::uint8_t i = 1; i <= 4; ++i) write(i, 60);
    EXPECT_EQ(slices_.backlog_bytes(), 240U);
    write(5, 10);
    EXPECT_EQ(slices_.backlog_bytes(), 0U);
    EXPECT_EQ(files(), 5U) << "more than may be open at one time";
    write(1, 60);
    EXPECT_EQ(slices_.backlog_bytes(), 60U) << "they are counted anew";
}

// Each frame would try all files again otherwise, for as long as the disk fails.
TEST_F(SliceFilesTest, AFailedWritingIsNotTriedAgainByTheNextFrame) {
    for (std::uint8_t i = 1; i <= 4; ++i) write(i, 60);
    disk_.fail_after(0);
    write(5, 10);
    EXPECT_TRUE(disk_.fault_fired());
    const auto left = slices_.backlog_bytes();
    EXPECT_GT(left, 0U);
    write(5, 10);
    EXPECT_EQ(slices_.backlog_bytes(), left + 10);
    scheduler_.run_for(kTime);
    EXPECT_EQ(slices_.backlog_bytes(), 0U);
}

TEST_F(SliceFilesTest, OnlyWhatWasDeletedOrIsHalfMadeIsAStray) {
    const auto path = [](std::uint8_t number, std::string_view suffix) {
        return fmt::format("/slices/{}.csv{}", to_string(slice(number)), suffix);
    };
    write(1, kSlice);
    disk_.set_content(path(2, ""), "deleted, and back after a power loss");
    disk_.set_content(path(3, ""), "unknown");
    disk_.set_content(path(4, ".tmp"), "half a retry of re");
    disk_.set_content(path(5, ".damaged"), "set aside");
    const auto removed = slices_.remove_strays({slice(1), slice(2), slice(6)});
    ASSERT_TRUE(removed.ok());
    EXPECT_EQ(removed.value(), 2U);
    EXPECT_EQ(disk_.files(), (std::vector{path(1, ""), path(3, ""), path(5, ".damaged")}))
        << "1 is open";
    EXPECT_EQ(slices_.remove_strays({slice(2)}).value(), 0U);
}

class DamagedSliceTest : public SliceFilesTest {
protected:
    static std::string path(std::string_view suffix = "") {
        return fmt::format("/slices/{}.csv{}", to_string(slice(1)), suffix);
    }
    // As a checkpoint knows it, with ten bytes.
    OpenSlice known() {
        return {.opening = frame_of(1, 10).openings.front(),
                .content = {.bytes = 10, .rows = 1, .last_sequence = Sequence(1)}};
    }
    // Seals it; returns what was sealed.
    SliceContent seal(SliceFiles& files) {
        std::optional<SliceContent> sealed;
        files.seal(slice(1), [&](const OpenSlice& done) { sealed = done.content; });
        scheduler_.run_for(kTime);
        EXPECT_TRUE(sealed.has_value());
        return sealed.value_or(SliceContent{});
    }

    SliceFiles recovering_{disk_, clock_, scheduler_.make_executor(), options_, {}};
};

TEST_F(DamagedSliceTest, OneThatGetsNoMoreRowsIsSealedAsAnEmptyFile) {
    disk_.set_content(path(), "short");
    EXPECT_EQ(recovering_.restore(known()).error().code(), Code::corrupt);
    EXPECT_EQ(disk_.files(), std::vector{path(".damaged")});
    ASSERT_TRUE(recovering_.finish_recovery().ok());
    EXPECT_EQ(seal(recovering_).bytes, 0U);
    EXPECT_EQ(disk_.content(path()), "");
    EXPECT_EQ(disk_.content(path(".damaged")), "short");
}

TEST_F(DamagedSliceTest, OneWhoseFileIsGoneIsSealedTheSameWay) {
    EXPECT_EQ(recovering_.restore(known()).error().code(), Code::corrupt);
    ASSERT_TRUE(recovering_.finish_recovery().ok());
    EXPECT_EQ(seal(recovering_).bytes, 0U);
    EXPECT_EQ(disk_.content(path()), "");
}

TEST_F(DamagedSliceTest, OneThatWasEmptyAlreadyIsNotDamagedAgain) {
    auto empty = known();
    empty.content = {};
    EXPECT_TRUE(recovering_.restore(empty).ok());
    ASSERT_TRUE(recovering_.finish_recovery().ok());
    EXPECT_EQ(seal(recovering_).bytes, 0U);
}

TEST_F(DamagedSliceTest, OneThatGetsRowsHasThem) {
    EXPECT_EQ(recovering_.restore(known()).error().code(), Code::corrupt);
    ASSERT_TRUE(recovering_.finish_recovery().ok());
    recovering_.write(frame_of(1, 10));
    EXPECT_EQ(seal(recovering_).bytes, 10U);
    EXPECT_EQ(disk_.content(path())->size(), 10U);
}

// Recovery replays on a thread of its own: until it has finished, the executor must not touch the
// slices, however long it takes.
TEST_F(SliceFilesTest, ARecoveryIsAloneWithItsSlices) {
    SliceFiles recovering{disk_, clock_, scheduler_.make_executor(), options_, {}};
    ASSERT_TRUE(recovering.replay(frame_of(1, 10)).ok());
    scheduler_.run_for(2 * kTime);
    EXPECT_EQ(recovering.backlog_bytes(), 10U) << "written by the executor meanwhile";
    ASSERT_TRUE(recovering.finish_recovery().ok());
    EXPECT_EQ(recovering.backlog_bytes(), 0U);

    recovering.write(frame_of(1, 10));
    scheduler_.run_for(kTime);
    EXPECT_EQ(recovering.backlog_bytes(), 0U) << "from now on the executor writes";
}

}  // namespace
}  // namespace millrace::local
