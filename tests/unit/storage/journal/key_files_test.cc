#include "storage/journal/key_files.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "core/base/crc32c.h"
#include "core/pipeline/idempotency_window.h"
#include "tests/support/memory_disk.h"
#include "tests/support/outcome_bytes.h"

namespace millrace::journal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = KeyFileTrouble::Kind;

constexpr std::uint64_t kUnlimited = 1 << 30;
const std::string kDirectory = "/journal";

RememberedAnswer answer(std::uint8_t number, std::int64_t expires_at,
                        std::string_view body = "OK") {
    RememberedAnswer made;
    made.request.key.bytes[15] = number;
    made.expires_at = AgeTime{expires_at};
    made.outcome = testing_support::outcome_bytes({.body = body});
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
        const auto loaded = files.load(AgeTime{now}, [&](const RememberedAnswer& one) {
            numbers.push_back(one.request.key.bytes[15]);
        });
        EXPECT_TRUE(loaded.ok());
        damaged_ = loaded.value();
        forgotten_.clear();
        remove_old(files, now);
        return numbers;
    }
    void remove_old(KeyFiles& files, std::int64_t now) {
        files.remove_old(AgeTime{now}, [this](const KeyFileTrouble& trouble) {
            if (trouble.kind == Kind::over_budget) {
                forgotten_.push_back(trouble.keys);
            } else {
                troubles_.push_back(trouble);
            }
        });
    }
    std::vector<std::string> names() { return disk_.list(kDirectory).value(); }

    testing_support::MemoryDisk disk_;
    KeyFiles files_{disk_, kDirectory, kUnlimited};
    std::vector<std::string> damaged_;
    std::vector<std::uint64_t> forgotten_;  // keys of each file that went too early
    std::vector<KeyFileTrouble> troubles_;  // all others
};

std::string golden(const std::string& name) {
    std::ifstream file("tests/data/golden/" + name, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

std::vector<RememberedAnswer> decode(std::string_view bytes) {
    std::vector<RememberedAnswer> read;
    const auto totals =
        decode_key_file(bytes, [&](const RememberedAnswer& one) { read.push_back(one); });
    EXPECT_TRUE(totals.ok());
    EXPECT_EQ(totals.value().keys, read.size());
    return read;
}

TEST_F(KeyFilesTest, BytesAreThoseOfTheGoldenFile) {
    const std::vector answers{answer(1, 5), answer(2, 4, "{}"), answer(3, 4)};
    const auto bytes = golden("keys_v3.bin");
    EXPECT_EQ(encode_key_file(Sequence(41), entries(answers)), bytes);
    EXPECT_EQ(decode(bytes), answers);
}

TEST_F(KeyFilesTest, ReadsTheVersionsBefore) {
    EXPECT_EQ(decode(golden("keys_v2.bin")),
              (std::vector{answer(1, 5), answer(2, 4, "{}"), answer(3, 4)}));
    EXPECT_EQ(decode(golden("keys_v1.bin")), (std::vector{answer(1, 5), answer(2, 4, "{}")}));
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
    EXPECT_THAT(forgotten_, IsEmpty()) << "a file that had its time";
}

TEST_F(KeyFilesTest, AFileOfTheSameCheckpointIsReplaced) {
    ASSERT_TRUE(files_.store(Sequence(10), entries({answer(1, 100)})).ok());
    ASSERT_TRUE(files_.store(Sequence(10), entries({answer(1, 100), answer(2, 100)})).ok());
    remove_old(files_, 0);
    EXPECT_THAT(load(0), ElementsAre(1, 2));
    remove_old(files_, 100);
    EXPECT_THAT(names(), IsEmpty());
}

TEST_F(KeyFilesTest, OverTheBudgetTheOldestFilesGo) {
    const std::string body(1000, 'x');
    ASSERT_TRUE(files_.store(Sequence(1), entries({answer(1, 100, body), answer(2, 50)})).ok());
    for (std::uint8_t i = 3; i <= 6; ++i) {
        ASSERT_TRUE(files_.store(Sequence(i), entries({answer(i, 100, body)})).ok());
    }
    EXPECT_THAT(load(0, 4000), ElementsAre(1, 2, 3, 4, 5, 6));
    EXPECT_THAT(forgotten_, ElementsAre(2, 1));
    EXPECT_THAT(load(0), ElementsAre(4, 5, 6));
    EXPECT_THAT(forgotten_, IsEmpty());

    KeyFiles small(disk_, kDirectory, 100);
    ASSERT_TRUE(small.store(Sequence(7), entries({answer(7, 100), answer(8, 50)})).ok());
    remove_old(small, 100);
    EXPECT_THAT(forgotten_, IsEmpty()) << "it had its time";
    ASSERT_TRUE(small.store(Sequence(8), entries({answer(7, 100), answer(8, 50)})).ok());
    remove_old(small, 99);
    EXPECT_THAT(forgotten_, ElementsAre(2)) << "written in this life";
}

RememberedAnswer report(std::uint64_t number, std::uint64_t source, std::string body) {
    auto made = answer(0, 1'000'000, std::move(body));
    made.request.source = fingerprint_of({"source", std::to_string(source)});
    made.request.key = fingerprint_of({"key", std::to_string(number)});
    made.arrived_at = AgeTime{static_cast<std::int64_t>(number)};
    return made;
}

// Goal    a restart forgets no key that the window in memory, of the same budget, remembers.
// Method  fill both until memory forgets a key, with reports that the neighbours of a source share,
//         as most do, and with reports that are all different; then look for every key.
TEST_F(KeyFilesTest, WhatFitsInMemoryFitsInTheFiles) {
    constexpr std::uint64_t kBudget = 500'000;
    constexpr std::uint64_t kSources = 3;
    constexpr std::uint64_t kKeysOfACheckpoint = 100;
    for (const std::uint64_t bodies : {1U, 2U, 1'000'000U}) {
        SCOPED_TRACE(testing::Message() << bodies << " different bodies a source");
        pipeline::IdempotencyWindow window(kBudget);
        testing_support::MemoryDisk disk;
        ASSERT_TRUE(disk.make_directories(kDirectory).ok());
        KeyFiles files(disk, kDirectory, kBudget);
        std::uint64_t number = 0;
        for (std::uint64_t checkpoint = 1; window.totals().shortened_by_memory == 0; ++checkpoint) {
            AnswerEntries gathered;
            for (std::uint64_t i = 0; i < kKeysOfACheckpoint; ++i, ++number) {
                const auto source = number % kSources;
                const auto body = fmt::format("{:0>300}", source + number / kSources % bodies);
                const auto one = report(number, source, body);
                gathered.add(one);
                window.restore(one);
            }
            ASSERT_TRUE(files.store(Sequence(checkpoint), gathered).ok());
            remove_old(files, 0);
        }
        ASSERT_GT(number, 5 * kKeysOfACheckpoint);

        pipeline::IdempotencyWindow restarted(2 * kBudget);
        KeyFiles kept(disk, kDirectory, kBudget);
        ASSERT_TRUE(
            kept.load(AgeTime{0}, [&](const RememberedAnswer& one) { restarted.restore(one); })
                .ok());
        EXPECT_GE(restarted.totals().keys, window.totals().keys);
    }
}

TEST_F(KeyFilesTest, AFileThatIsGoneIsNamedOnceAndNoOtherIsKeptForIt) {
    for (std::uint8_t i = 1; i <= 3; ++i) {
        ASSERT_TRUE(files_.store(Sequence(i), entries({answer(i, i < 3 ? 50 : 100)})).ok());
    }
    const auto path = kDirectory + "/keys-00000000000000000001";
    ASSERT_TRUE(disk_.remove(path).ok());
    remove_old(files_, 60);
    ASSERT_EQ(troubles_.size(), 1U);
    EXPECT_EQ(troubles_[0].kind, Kind::lost);
    EXPECT_EQ(troubles_[0].path, path);
    EXPECT_EQ(troubles_[0].keys, 1U);
    EXPECT_THAT(names(), ElementsAre("keys-00000000000000000003"));
    remove_old(files_, 60);
    EXPECT_EQ(troubles_.size(), 1U);
}

TEST_F(KeyFilesTest, AFileThatCannotBeRemovedIsTriedAgainAndNoOtherIsKeptForIt) {
    ASSERT_TRUE(files_.store(Sequence(1), entries({answer(1, 50)})).ok());
    ASSERT_TRUE(files_.store(Sequence(2), entries({answer(2, 50)})).ok());
    disk_.fail_after(0);
    remove_old(files_, 60);
    ASSERT_EQ(troubles_.size(), 1U);
    EXPECT_EQ(troubles_[0].kind, Kind::stays);
    EXPECT_THAT(names(), ElementsAre("keys-00000000000000000001"));
    remove_old(files_, 60);
    EXPECT_THAT(names(), IsEmpty());
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
    const auto ignore = [](const RememberedAnswer&) {};
    for (const auto& bytes :
         {encode_key_file(Sequence(1), entries({answer(1, 5), answer(2, 4, "{}"), answer(3, 4)})),
          golden("keys_v1.bin")}) {
        ASSERT_TRUE(decode_key_file(bytes, ignore).ok());
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            auto bad = bytes;
            bad[i] = static_cast<char>(bad[i] ^ 1);
            const auto flipped = decode_key_file(bad, ignore);
            ASSERT_FALSE(flipped.ok()) << "byte " << i;
            EXPECT_EQ(flipped.error().code(), Code::corrupt);
            EXPECT_FALSE(decode_key_file(std::string_view(bytes).substr(0, i), ignore).ok())
                << "length " << i;
        }
        EXPECT_FALSE(decode_key_file(bytes + "x", ignore).ok());
    }
}

// A sum that fits proves nothing about who wrote the file.
TEST_F(KeyFilesTest, NumbersThatDoNotFitAreCorruptWhateverTheSum) {
    const auto bytes = encode_key_file(Sequence(1), entries({answer(1, 5), answer(2, 4, "{}")}));
    const auto content_bytes = bytes.size() - sizeof(std::uint32_t);
    for (std::size_t i = 24; i < content_bytes; ++i) {
        auto bad = bytes.substr(0, content_bytes);
        bad[i] = '\x7f';
        put(bad, crc32c(0, bad));
        int told = 0;
        const auto read = decode_key_file(bad, [&](const RememberedAnswer&) { ++told; });
        EXPECT_EQ(told, read.ok() ? 2 : 0) << "byte " << i;
        if (i < 40) {
            EXPECT_FALSE(read.ok()) << "byte " << i;
        }
    }
}

}  // namespace
}  // namespace millrace::journal
