#include "storage/journal/format.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <vector>

namespace millrace::journal {
namespace {

Uuid id(std::uint8_t last) {
    Uuid uuid;
    uuid.bytes[0] = 0x01;
    uuid.bytes[15] = last;
    return uuid;
}

SegmentHeader sample_header() {
    return {.volume = id(1),
            .segment = 7,
            .first_sequence = Sequence(41),
            .epoch = 3,
            .salt = 0xdecafbad};
}

SliceOpening sample_opening() {
    return {.slice = SliceId(id(2)),
            .file = FileId(id(3)),
            .sink = {SinkNumber(4), MappingVersion(5)},
            .opened_at = WallTime{1'700'000'000'123}};
}

std::string sample_frame(bool batches = true) {
    std::string frame;
    begin_frame(frame);
    put_opening(frame, sample_opening());
    if (batches) put_batch(frame, BatchNumber(77));
    put_rows(frame, SliceId(id(2)), 2, WallTime{1'700'000'000'124}, "\"a\",\"1\"\n\"b\",\"2\"\n");
    if (batches) put_batch(frame, BatchNumber(78));
    put_rows(frame, SliceId(id(9)), 1, WallTime{1'700'000'000'125}, "\"c\"\n");
    finish_frame(frame, sample_header(), Sequence(41));
    return frame;
}

std::string read_golden(const std::string& name) {
    std::ifstream file("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

TEST(JournalFormatTest, BytesAreThoseOfTheGoldenFiles) {
    EXPECT_EQ(encode_segment_header(sample_header()), read_golden("segment_header_v2.bin"));
    EXPECT_EQ(sample_frame(), read_golden("frame_v2.bin"));
}

TEST(JournalFormatTest, SegmentsOfVersion1AreRead) {
    auto header = sample_header();
    header.version = 1;
    EXPECT_EQ(decode_segment_header(read_golden("segment_header_v1.bin")), header);
    for (const bool has_batches : {true, false}) {
        const auto bytes = read_golden(has_batches ? "frame_v1_batches.bin" : "frame_v1.bin");
        const auto frame = decode_frame(bytes, header);
        ASSERT_TRUE(frame);
        EXPECT_EQ(frame->version, 1U);
        EXPECT_EQ(frame->payload, sample_frame(has_batches).substr(kFrameHeaderBytes));
        EXPECT_FALSE(decode_frame(bytes, sample_header())) << "in a segment of another version";
    }
}

TEST(JournalFormatTest, SegmentHeaderSurvivesARoundTrip) {
    EXPECT_EQ(decode_segment_header(encode_segment_header(sample_header())), sample_header());
}

TEST(JournalFormatTest, FrameGivesBackItsEntriesInOrder) {
    const auto bytes = sample_frame();
    const auto frame = decode_frame(bytes, sample_header());
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->sequence, Sequence(41));
    EXPECT_EQ(frame->bytes, bytes.size());

    std::vector<SliceOpening> openings;
    std::vector<std::string> rows;
    std::vector<BatchNumber> batches, batches_of_rows;
    ASSERT_TRUE(
        for_each_entry(
            frame->payload, frame->version,
            {.on_opening = [&](const SliceOpening& opening) { openings.push_back(opening); },
             .on_batch = [&](BatchNumber batch) { batches.push_back(batch); },
             .on_rows =
                 [&](const RowsEntry& entry) {
                     rows.emplace_back(entry.csv);
                     batches_of_rows.push_back(entry.batch);
                 },
             .on_answer = [](const RememberedAnswer&) { ADD_FAILURE() << "no answer is there"; },
             .on_position = [](const SourcePosition&) { ADD_FAILURE() << "no position either"; }})
            .ok());
    EXPECT_EQ(batches, (std::vector{BatchNumber(77), BatchNumber(78)}));
    EXPECT_EQ(batches_of_rows, batches);
    ASSERT_EQ(openings.size(), 1U);
    EXPECT_EQ(openings[0], sample_opening());
    EXPECT_EQ(rows, (std::vector<std::string>{"\"a\",\"1\"\n\"b\",\"2\"\n", "\"c\"\n"}));
}

// Goal    no changed byte goes unnoticed.
// Method  flip one bit in each byte in turn.
TEST(JournalFormatTest, AnyFlippedBitMakesHeaderOrFrameInvalid) {
    const auto header = encode_segment_header(sample_header());
    for (std::size_t i = 0; i < header.size(); ++i) {
        auto bad = header;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        EXPECT_FALSE(decode_segment_header(bad)) << "byte " << i;
    }
    const auto frame = sample_frame();
    for (std::size_t i = 0; i < frame.size(); ++i) {
        auto bad = frame;
        bad[i] = static_cast<char>(bad[i] ^ 0x10);
        EXPECT_FALSE(decode_frame(bad, sample_header())) << "byte " << i;
    }
}

TEST(JournalFormatTest, AnyTruncationMakesAFrameInvalid) {
    const auto frame = sample_frame();
    for (std::size_t length = 0; length < frame.size(); ++length) {
        EXPECT_FALSE(decode_frame(std::string_view(frame).substr(0, length), sample_header()))
            << length;
    }
}

TEST(JournalFormatTest, FrameOfAnotherUseOfTheSegmentIsInvalid) {
    const auto frame = sample_frame();
    auto other = sample_header();
    other.salt ^= 1;
    EXPECT_FALSE(decode_frame(frame, other)) << "salt";
    other = sample_header();
    other.epoch += 1;
    EXPECT_FALSE(decode_frame(frame, other)) << "epoch";
    other = sample_header();
    other.segment += 1;
    EXPECT_FALSE(decode_frame(frame, other)) << "segment";
    other = sample_header();
    other.volume = id(8);
    EXPECT_FALSE(decode_frame(frame, other)) << "volume";
}

TEST(JournalFormatTest, FrameBytesMaxIsNeverTooSmall) {
    EXPECT_GE(frame_bytes_max(1, 16) + frame_bytes_max(1, 4), sample_frame().size());
    for (std::uint64_t bytes = 0; bytes < 40; ++bytes) {
        std::string frame;
        begin_frame(frame);
        put_batch(frame, BatchNumber(1));
        put_opening(frame, sample_opening());
        put_rows(frame, SliceId(id(2)), 1, WallTime{}, std::string(bytes, 'x'));
        finish_frame(frame, sample_header(), Sequence(1));
        EXPECT_LE(frame.size(), frame_bytes_max(1, bytes));
    }
}

TEST(JournalFormatTest, UnknownOrCutEntryIsCorrupt) {
    const EntryVisitor ignore{.on_opening = [](const SliceOpening&) {},
                              .on_batch = [](BatchNumber) {},
                              .on_rows = [](const RowsEntry&) {},
                              .on_answer = [](const RememberedAnswer&) {},
                              .on_position = [](const SourcePosition&) {}};
    auto unknown = for_each_entry(std::string(8, '\x07'), kFormatVersion, ignore);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code(), Code::corrupt);

    const auto bytes = sample_frame();
    const auto payload = std::string_view(bytes).substr(kFrameHeaderBytes);
    auto cut = for_each_entry(payload.substr(0, payload.size() - 8), kFormatVersion, ignore);
    ASSERT_FALSE(cut.ok());
    EXPECT_EQ(cut.error().code(), Code::corrupt);
}

}  // namespace
}  // namespace millrace::journal
