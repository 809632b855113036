#include "storage/journal/segment_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "storage/journal/format.h"
#include "storage/journal/segment_reader.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

class FaultyDisk : public testing_support::MemoryDisk {
public:
    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override {
        if (!without_descriptors) return MemoryDisk::open(path, mode);
        return no_descriptor();
    }
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override {
        if (!without_descriptors) return MemoryDisk::open_directory(path);
        return no_descriptor();
    }
    Result<void> sync_directory(const std::string& path) override {
        if (!directories_fail) return MemoryDisk::sync_directory(path);
        return Error(Code::unknown_outcome, "a sync failed");
    }

    bool without_descriptors = false;
    bool directories_fail = false;

private:
    static Error no_descriptor() {
        return Error(Code::unavailable, "too many open files").named(kNoDescriptors);
    }
};

class SegmentWriterTest : public ::testing::Test {
protected:
    static constexpr std::uint64_t kSegment = 64 << 10;

    SegmentWriterTest() { EXPECT_TRUE(disk_.make_directories("/journal").ok()); }

    Result<void> write(std::uint64_t sequence, std::size_t bytes) {
        TRY(writer_.reserve(Sequence(sequence), bytes + kSpace));
        std::string frame;
        begin_frame(frame);
        put_rows(frame, SliceId(), 1, {}, std::string(bytes, 'x'));
        return writer_.write(Sequence(sequence), frame, [] {});
    }

    std::vector<std::string> segments() {
        auto names = disk_.list("/journal").value();
        std::erase_if(names, [](const auto& name) { return !name.ends_with(".segment"); });
        return names;
    }
    // What a recovery reads.
    std::vector<Sequence> sequences() {
        std::vector<Sequence> found;
        const auto files = list_segments(disk_, "/journal", {}).value().files;
        const auto scanned = scan_segments(disk_, files, {}, [&](const Frame& frame) {
            found.push_back(frame.sequence);
            return Result<void>();
        });
        EXPECT_TRUE(scanned.ok());
        EXPECT_TRUE(scanned.value().damages.empty());
        return found;
    }

    static constexpr std::size_t kSpace = 1024;  // for what is not rows
    FaultyDisk disk_;
    sim::SimRng rng_{1};
    test::ManualClock clock_;
    test::ManualExecutor executor_{clock_};
    SegmentWriter writer_{
        disk_, rng_, executor_, {.directory = "/journal", .segment_bytes = kSegment}};
};

TEST_F(SegmentWriterTest, AFullSegmentIsFollowedByAnother) {
    ASSERT_TRUE(write(1, kSegment / 2).ok());
    ASSERT_TRUE(write(2, kSegment / 2).ok());
    EXPECT_EQ(disk_.files().size(), 2U);
}

// Goal    no frame behind the name of a new segment is written to the old one.
// Method  the new segment has its name, and whether it keeps it is not known: a smaller frame would
//         still fit into the old one.
TEST_F(SegmentWriterTest, ASegmentWhoseNameIsNotKnownToLastIsAnUnknownOutcome) {
    ASSERT_TRUE(write(1, kSegment / 2).ok());
    disk_.directories_fail = true;
    const auto outcome = write(2, kSegment / 2);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code(), Code::unknown_outcome) << "the volume takes nothing more";
}

TEST_F(SegmentWriterTest, TheNextSegmentBeginsWithoutANewDescriptor) {
    ASSERT_TRUE(write(1, kSegment / 2).ok());
    executor_.run_ready();  // fills the spare
    disk_.without_descriptors = true;
    EXPECT_TRUE(write(2, kSegment / 2).ok());
    const auto refused = write(3, kSegment / 2);
    ASSERT_FALSE(refused.ok()) << "a spare must be made now";
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    EXPECT_EQ(refused.error().name(), kNoDescriptors);
    disk_.without_descriptors = false;
    EXPECT_TRUE(write(3, kSegment / 2).ok());
}

TEST_F(SegmentWriterTest, NoSpareIsMadeAheadOnADiskThatIsNearlyFull) {
    SegmentWriter careful{disk_,
                          rng_,
                          executor_,
                          {.directory = "/journal",
                           .segment_bytes = kSegment,
                           .kept_free_bytes = disk_.free_bytes("/journal").value() - kSegment + 1}};
    careful.prepare_spare();
    executor_.run_ready();
    EXPECT_TRUE(disk_.files().empty());
    EXPECT_TRUE(careful.reserve(Sequence(1), 100).ok()) << "a frame that has been taken is written";
}

TEST_F(SegmentWriterTest, ASegmentIsUsedAgainWithoutANewDescriptor) {
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(write(i, kSegment / 2).ok());
    writer_.recycle(Sequence(2));
    disk_.without_descriptors = true;
    for (std::uint64_t i = 4; i <= 5; ++i) EXPECT_TRUE(write(i, kSegment / 2).ok());
}

// Goal    a frame that a full disk cuts is no frame, and the next one is not in its place.
// Method  fail the write of a frame; what is in the segment then must not be decoded, and the next
//         frame must be in a segment of its own.
TEST_F(SegmentWriterTest, AFrameThatIsNotWrittenWholeIsNotThere) {
    ASSERT_TRUE(write(1, 1000).ok());
    disk_.fail_after(0);
    const auto refused = write(2, 1000);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::unavailable);
    ASSERT_TRUE(write(2, 1000).ok());
    EXPECT_EQ(segments(), (std::vector<std::string>{"0000000001.segment", "0000000002.segment"}));
    EXPECT_EQ(sequences(), (std::vector<Sequence>{Sequence(1), Sequence(2)}));
}

}  // namespace
}  // namespace millrace::journal
