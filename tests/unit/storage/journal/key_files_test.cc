#include "storage/journal/key_files.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kUnlimited = 1 << 30;
const std::string kDirectory = "/journal";

RememberedAnswer answer(std::uint8_t number, std::int64_t expires_at, std::string body = "OK") {
    RememberedAnswer made;
    made.request.key.bytes[15] = number;
    made.expires_at = WallTime{expires_at};
    made.answer.body = std::move(body);
    return made;
}

AnswerEntries entries(const std::vector<RememberedAnswer>& answers) {
    AnswerEntries all;
    for (const auto& one : answers) all.add(one);
    return all;
}

class KeyFilesTest : public testing::Test {
protected:
    KeyFilesTest() { EXPECT_TRUE(disk_.make_directories(kDirectory).ok()); }

    // The numbers of the answers that a recovery at that time is told.
    std::vector<int> load(std::int64_t now, std::uint64_t bytes_max = kUnlimited) {
        std::vector<int> numbers;
        KeyFiles files(disk_, kDirectory, bytes_max);
        const auto loaded = files.load(WallTime{now}, [&](const RememberedAnswer& one) {
            numbers.push_back(one.request.key.bytes[15]);
        });
        EXPECT_TRUE(loaded.ok());
        damaged_ = loaded.value();
        EXPECT_TRUE(files.remove_old(WallTime{now}).ok());
        return numbers;
    }
    std::vector<std::string> names() { return disk_.list(kDirectory).value(); }

    testing_support::MemoryDisk disk_;
    KeyFiles files_{disk_, kDirectory, kUnlimited};
    std::vector<std::string> damaged_;
};

TEST_F(KeyFilesTest, BytesAreThoseOfTheGoldenFile) {
    std::ifstream golden("tests/data/golden/keys_v1.bin", std::ios::binary);
    std::ostringstream content;
    content << golden.rdbuf();
    EXPECT_EQ(encode_key_file(Sequence(41), entries({answer(1, 5), answer(2, 4, "{}")})),
              content.str());
}

TEST_F(KeyFilesTest, TellsWhatHasNotExpiredOldestFirst) {
    ASSERT_TRUE(files_.store(Sequence(10), entries({answer(1, 100), answer(2, 50)})).ok());
    ASSERT_TRUE(files_.store(Sequence(9), {}).ok());
    ASSERT_TRUE(files_.store(Sequence(20), entries({answer(3, 70)})).ok());
    EXPECT_THAT(names(), ElementsAre("keys-00000000000000000010", "keys-00000000000000000020"));
    EXPECT_THAT(load(49), ElementsAre(1, 2, 3));
    EXPECT_THAT(load(50), ElementsAre(1, 3));
    EXPECT_THAT(load(70), ElementsAre(1));
    EXPECT_THAT(names(), ElementsAre("keys-00000000000000000010"));
    EXPECT_THAT(load(100), IsEmpty());
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(KeyFilesTest, AFileOfTheSameCheckpointIsReplaced) {
    ASSERT_TRUE(files_.store(Sequence(10), entries({answer(1, 100)})).ok());
    ASSERT_TRUE(files_.store(Sequence(10), entries({answer(1, 100), answer(2, 100)})).ok());
    ASSERT_TRUE(files_.remove_old(WallTime{0}).ok());
    EXPECT_THAT(load(0), ElementsAre(1, 2));
    ASSERT_TRUE(files_.remove_old(WallTime{100}).ok());
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(KeyFilesTest, OverTheBudgetTheOldestFilesGo) {
    const std::string body(1000, 'x');
    for (std::uint8_t i = 1; i <= 5; ++i) {
        ASSERT_TRUE(files_.store(Sequence(i), entries({answer(i, 100, body)})).ok());
    }
    EXPECT_THAT(load(0, 3500), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(load(0), ElementsAre(3, 4, 5));
}

TEST_F(KeyFilesTest, ADamagedFileIsNamedAndPutAside) {
    ASSERT_TRUE(files_.store(Sequence(1), entries({answer(1, 100)})).ok());
    ASSERT_TRUE(files_.store(Sequence(2), entries({answer(2, 100)})).ok());
    const auto path = kDirectory + "/keys-00000000000000000001";
    auto file = disk_.open(path, Disk::Open::existing).value();
    const std::byte wrong{0x55};
    ASSERT_TRUE(file->write_at(40, {&wrong, 1}).ok());
    EXPECT_THAT(load(0), ElementsAre(2));
    EXPECT_THAT(damaged_, ElementsAre(path));
    EXPECT_THAT(names(),
                ElementsAre("keys-00000000000000000001.damaged", "keys-00000000000000000002"));
    EXPECT_THAT(load(0), ElementsAre(2));
    EXPECT_THAT(damaged_, IsEmpty());
}

TEST_F(KeyFilesTest, AnyFlippedBitAndAnyTruncationIsCorrupt) {
    const auto bytes = encode_key_file(Sequence(1), entries({answer(1, 5), answer(2, 4, "{}")}));
    ASSERT_TRUE(decode_key_file(bytes).ok());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto bad = bytes;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        const auto flipped = decode_key_file(bad);
        ASSERT_FALSE(flipped.ok()) << "byte " << i;
        EXPECT_EQ(flipped.error().code(), Code::corrupt);
        EXPECT_FALSE(decode_key_file(std::string_view(bytes).substr(0, i)).ok()) << "length " << i;
    }
    EXPECT_FALSE(decode_key_file(bytes + "x").ok());
}

}  // namespace
}  // namespace millrace::journal
