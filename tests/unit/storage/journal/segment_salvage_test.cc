#include "storage/journal/segment_salvage.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/crc32c.h"
#include "core/base/wire.h"
#include "storage/journal/segment_reader.h"
#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

Uuid volume(std::uint8_t last = 1) {
    Uuid uuid;
    uuid.bytes[15] = last;
    return uuid;
}

SegmentHeader sample_header() {
    return {.volume = volume(),
            .segment = 7,
            .first_sequence = Sequence(41),
            .epoch = 3,
            .salt = 0xdecafbad};
}

// Frames 41 to 43 behind the header.
std::string sample_segment(const SegmentHeader& header = sample_header()) {
    auto content = encode_segment_header(header);
    content.resize(kFramesOffset);
    for (std::uint64_t sequence = 41; sequence < 44; ++sequence) {
        std::string frame;
        begin_frame(frame);
        put_rows(frame, SliceId(volume(9)), 1, WallTime{1}, "\"a\"\n");
        finish_frame(frame, header, Sequence(sequence));
        content += frame;
    }
    content.resize(content.size() + 4096);
    return content;
}

constexpr std::uint64_t kInFirstFrame = kFramesOffset + 80;

void change(std::string& content, std::uint64_t offset) {
    content[offset] = static_cast<char>(content[offset] ^ 0x5a);
}

TEST(SegmentSalvageTest, FramesTellTheHeaderWhicheverByteOfItIsChanged) {
    for (std::uint64_t byte = 0; byte < kSegmentHeaderBytes; ++byte) {
        auto content = sample_segment();
        change(content, byte);
        ASSERT_FALSE(decode_segment_header(content)) << byte;
        EXPECT_EQ(salvage_header(content, volume(), 7), sample_header()) << byte;
    }
    auto content = sample_segment();
    content.replace(0, kFramesOffset, std::string(kFramesOffset, '\0'));
    EXPECT_EQ(salvage_header(content, volume(), 7), sample_header()) << "all of it is gone";
}

TEST(SegmentSalvageTest, TheFirstFrameThatIsValidIsTheFirst) {
    auto content = sample_segment();
    change(content, 3);
    change(content, kInFirstFrame);
    auto later = sample_header();
    later.first_sequence = Sequence(42);
    EXPECT_EQ(salvage_header(content, volume(), 7), later);
}

TEST(SegmentSalvageTest, FramesOfAnotherUseOfTheFileTellNothing) {
    auto content = sample_segment();
    change(content, 3);
    EXPECT_FALSE(salvage_header(content, volume(2), 7));
    EXPECT_FALSE(salvage_header(content, volume(), 8));
    EXPECT_FALSE(salvage_header("", volume(), 7));
    EXPECT_FALSE(salvage_header(std::string(8192, '\0'), volume(), 7));
    EXPECT_TRUE(has_content(content));
    EXPECT_FALSE(has_content(content.substr(0, kFramesOffset)));
    EXPECT_FALSE(has_content(std::string(8192, '\0')));
}

class SegmentListTest : public ::testing::Test {
protected:
    static constexpr const char* kPath = "/j/0000000007.segment";

    Result<Segments> list() { return list_segments(disk_, "/j", volume()); }
    void set(const std::string& bytes) { disk_.set_content(kPath, bytes); }

    testing_support::MemoryDisk disk_;
};

TEST_F(SegmentListTest, ASegmentWithoutAValidHeaderIsReadByItsFrames) {
    auto content = sample_segment();
    change(content, 3);
    change(content, kInFirstFrame);
    set(content);
    const auto listed = list().value();
    ASSERT_EQ(listed.files.size(), 1U);
    EXPECT_TRUE(listed.files[0].header_damaged);
    std::uint64_t frames = 0;
    const auto scanned = scan_segments(disk_, listed.files, Sequence(40), [&](const Frame&) {
        ++frames;
        return Result<void>();
    });
    EXPECT_EQ(frames, 2U);
    ASSERT_EQ(scanned.value().damages.size(), 1U);
    EXPECT_EQ(scanned.value().damages[0].path, kPath);
    EXPECT_EQ(scanned.value().damages[0].first, Sequence(41));
    EXPECT_EQ(scanned.value().damages[0].last, Sequence(41));
}

TEST_F(SegmentListTest, OneOfWhichNothingCanBeReadIsNamedAndItsNumberIsTaken) {
    set(std::string(kFramesOffset, '\0') + "something else");
    EXPECT_EQ(list().value().unreadable, std::vector<std::string>{kPath});
    EXPECT_EQ(list().value().newest_number, 7U);
    ASSERT_TRUE(put_aside(disk_, kPath).ok());
    EXPECT_TRUE(list().value().unreadable.empty());
    EXPECT_EQ(list().value().newest_number, 7U) << "no segment gets this name again";
}

TEST_F(SegmentListTest, NothingIsPutAsideOverAnythingElse) {
    disk_.set_content(std::string(kPath) + ".damaged", "an older one");
    set("a new one");
    ASSERT_TRUE(put_aside(disk_, kPath).ok());
    EXPECT_EQ(disk_.content(std::string(kPath) + ".damaged"), "an older one");
    EXPECT_EQ(disk_.content(std::string(kPath) + ".damaged-2"), "a new one");
    set("a new one");
    ASSERT_TRUE(put_aside(disk_, kPath).ok());
    EXPECT_EQ(disk_.files().size(), 2U) << "a copy of it is there already";
}

TEST_F(SegmentListTest, AFileInWhichNoFrameWasBegunIsNoSegment) {
    set(std::string(8192, '\0'));
    const auto listed = list().value();
    EXPECT_TRUE(listed.files.empty());
    EXPECT_TRUE(listed.unreadable.empty());
    EXPECT_EQ(listed.newest_number, 7U);
}

TEST_F(SegmentListTest, ASegmentOfANewerProgramIsNoDamage) {
    auto content = sample_segment();
    std::string header = content.substr(0, kSegmentHeaderBytes - sizeof(std::uint32_t));
    header[8] = 99;
    put(header, crc32c(0, header));
    set(content.replace(0, kSegmentHeaderBytes, header));
    EXPECT_EQ(list().error().code(), Code::conflict);
}

}  // namespace
}  // namespace millrace::journal
