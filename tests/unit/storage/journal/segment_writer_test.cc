#include "storage/journal/segment_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "storage/journal/format.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

// Names can be changed, and no descriptor is left to sync their directory.
class DiskWithoutDescriptors : public testing_support::MemoryDisk {
public:
    Result<void> sync_directory(const std::string& path) override {
        if (!fails) return MemoryDisk::sync_directory(path);
        return Error(Code::unavailable, "too many open files");
    }

    bool fails = false;
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

    static constexpr std::size_t kSpace = 1024;  // for what is not rows
    DiskWithoutDescriptors disk_;
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
    disk_.fails = true;
    const auto outcome = write(2, kSegment / 2);
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code(), Code::unknown_outcome) << "the volume takes nothing more";
}

}  // namespace
}  // namespace millrace::journal
