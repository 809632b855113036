#include "storage/journal/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace millrace::journal {
namespace {

Checkpoint sample() {
    Uuid slice, file;
    slice.bytes[15] = 1;
    file.bytes[15] = 2;
    OpenSlice open{.opening = {.slice = SliceId(slice),
                               .file = FileId(file),
                               .sink = {SinkNumber(3), MappingVersion(4)},
                               .opened_at = WallTime{5}},
                   .content = {.bytes = 6,
                               .rows = 7,
                               .crc = 8,
                               .first_at = WallTime{9},
                               .last_at = WallTime{10},
                               .last_sequence = Sequence(11),
                               .first_batch = BatchNumber(15),
                               .last_batch = BatchNumber(16)}};
    auto other = open;
    other.opening.slice.value.bytes[15] = 12;
    return {.sequence = Sequence(13),
            .epoch = 14,
            .last_batch = BatchNumber(17),
            .slices = {open, other}};
}

std::string read_golden(const std::string& name) {
    std::ifstream golden("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    return content.str();
}

TEST(CheckpointTest, BytesAreThoseOfTheGoldenFile) {
    EXPECT_EQ(encode_checkpoint(sample()), read_golden("checkpoint_v2.bin"));
}

TEST(CheckpointTest, OneOfVersion1IsReadWithoutBatches) {
    auto expected = sample();
    expected.last_batch = {};
    for (auto& slice : expected.slices) {
        slice.content.first_batch = {};
        slice.content.last_batch = {};
    }
    const auto decoded = decode_checkpoint(read_golden("checkpoint_v1.bin"));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value(), expected);
}

TEST(CheckpointTest, SurvivesARoundTrip) {
    auto decoded = decode_checkpoint(encode_checkpoint(sample()));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value(), sample());
}

TEST(CheckpointTest, SlicesThatItListsAreNotForgotten) {
    EXPECT_EQ(forgettable(sample()), Sequence(10));
    auto none = sample();
    none.slices.clear();
    EXPECT_EQ(forgettable(none), none.sequence);
}

TEST(CheckpointTest, AnyFlippedBitAndAnyTruncationIsCorrupt) {
    const auto bytes = encode_checkpoint(sample());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        const auto flipped = decode_checkpoint(bad);
        ASSERT_FALSE(flipped.ok()) << "byte " << i;
        EXPECT_EQ(flipped.error().code(), Code::corrupt);
        EXPECT_FALSE(decode_checkpoint(std::string_view(bytes).substr(0, i)).ok())
            << "length " << i;
    }
    EXPECT_FALSE(decode_checkpoint(bytes + "x").ok());
}

}  // namespace
}  // namespace millrace::journal
