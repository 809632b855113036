#include "storage/journal/checkpoint.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/support/memory_disk.h"

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
    Fingerprint source;
    source.bytes[0] = 1;
    source.bytes[15] = 2;
    return {
        .sequence = Sequence(13),
        .epoch = 14,
        .last_batch = BatchNumber(17),
        .slices = {open, other},
        .positions = {{.source = source, .partition = "orders-7", .epoch = 3, .next_offset = 41},
                      {.source = source, .partition = "", .epoch = 0, .next_offset = 1ULL << 63}},
        .sealed = Sequence(12)};
}

std::string read_golden(const std::string& name) {
    std::ifstream golden("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    return content.str();
}

TEST(CheckpointTest, BytesAreThoseOfTheGoldenFile) {
    EXPECT_EQ(encode_checkpoint(sample()), read_golden("checkpoint_v4.bin"));
}

TEST(CheckpointTest, OneOfVersion3IsReadWithoutWhatTheCatalogHad) {
    auto expected = sample();
    expected.sealed = {};
    const auto decoded = decode_checkpoint(read_golden("checkpoint_v3.bin"));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value(), expected);
}

TEST(CheckpointTest, OneOfVersion2IsReadWithoutPositions) {
    auto expected = sample();
    expected.positions.clear();
    expected.sealed = {};
    const auto decoded = decode_checkpoint(read_golden("checkpoint_v2.bin"));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded.value(), expected);
}

TEST(CheckpointTest, OneOfVersion1IsReadWithoutBatches) {
    auto expected = sample();
    expected.last_batch = {};
    expected.positions.clear();
    expected.sealed = {};
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

class CheckpointGenerationsTest : public testing::Test {
protected:
    CheckpointGenerationsTest() { EXPECT_TRUE(disk_.make_directories(kDirectory).ok()); }

    static std::string path_of(std::uint64_t sequence) {
        return fmt::format("{}/checkpoint-{:020}", kDirectory, sequence);
    }
    void store(std::uint64_t sequence) {
        ASSERT_TRUE(store_checkpoint(disk_, kDirectory, {.sequence = Sequence(sequence)}).ok());
    }
    LoadedCheckpoints load() { return load_checkpoints(disk_, kDirectory).value(); }

    static constexpr const char* kDirectory = "/journal";
    testing_support::MemoryDisk disk_;
};

TEST_F(CheckpointGenerationsTest, TheNewestTwoAreKept) {
    for (const std::uint64_t sequence : {10U, 20U, 30U}) store(sequence);
    EXPECT_THAT(disk_.files(), testing::ElementsAre(path_of(20), path_of(30)));
    EXPECT_EQ(load().newest->sequence, Sequence(30));
    EXPECT_EQ(load().previous, Sequence(20));
}

// Goal    two damages in a row cost time and nothing else.
// Method  damage the newest, recover, store the next one, damage that too: the valid older one must
//         still be there.
TEST_F(CheckpointGenerationsTest, ADamagedOneIsNoGeneration) {
    store(10);
    store(20);
    disk_.set_content(path_of(20), "damaged");
    const auto loaded = load();
    EXPECT_EQ(loaded.newest->sequence, Sequence(10));
    EXPECT_THAT(loaded.damaged, testing::ElementsAre(path_of(20)));
    store(30);
    EXPECT_THAT(disk_.files(),
                testing::ElementsAre(path_of(10), path_of(20) + ".damaged", path_of(30)));
    disk_.set_content(path_of(30), "damaged");
    ASSERT_TRUE(load().newest.has_value());
    EXPECT_EQ(load().newest->sequence, Sequence(10));
}

TEST_F(CheckpointGenerationsTest, AnOldOneThatCannotBeRemovedDoesNotFailTheNewOne) {
    store(10);
    store(20);
    ASSERT_TRUE(disk_.remove(path_of(10)).ok());
    ASSERT_TRUE(disk_.make_directories(path_of(10) + "/in the way").ok());
    store(30);
    EXPECT_EQ(load().newest->sequence, Sequence(30));
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
