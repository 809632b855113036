#include "tests/conformance/staging_suite.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/support/memory_source.h"

namespace millrace::conformance {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::MemorySource;
using testing_support::read_all;

namespace {

const std::string kKey = "7/0195f3d4-file.0195f3d4-slice.1f-2.csv.gz";

// Gives some bytes and then fails.
class FailingSource : public ByteSource {
public:
    Result<std::size_t> read(std::span<char> buffer) override {
        if (given_ > 300'000) return Error(Code::corrupt, "the source is damaged");
        std::fill(buffer.begin(), buffer.end(), 'x');
        given_ += buffer.size();
        return buffer.size();
    }

private:
    std::size_t given_ = 0;
};

std::string mixed_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (auto& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

}  // namespace

Result<std::uint64_t> StagingConformance::put(const std::string& key, const std::string& bytes) {
    MemorySource source(bytes, 1000);
    return staging().put(key, source);
}

Result<std::string> StagingConformance::get(const std::string& key) {
    TRY_ASSIGN(auto source, staging().get(key));
    return read_all(*source);
}

StagingConformance::Keys StagingConformance::keys(const std::string& prefix, std::uint32_t limit) {
    Keys all;
    for (;;) {
        const auto page = staging().list(
            {.prefix = prefix, .after = all.empty() ? std::string() : all.back(), .limit = limit});
        EXPECT_TRUE(page.ok()) << page.error().operator_text();
        if (!page.ok()) return all;
        EXPECT_LE(page.value().size(), limit);
        all.insert(all.end(), page.value().begin(), page.value().end());
        if (page.value().size() < limit) return all;
    }
}

TEST_P(StagingConformance, AnObjectComesBackAsItWasPut) {
    for (const std::size_t size : {0U, 1U, 999U, 64U << 10, 3'000'001U, 10U << 20, 11'000'001U}) {
        SCOPED_TRACE(size);
        const auto bytes = mixed_bytes(size);
        EXPECT_EQ(put(kKey, bytes).value(), size);
        EXPECT_EQ(get(kKey).value(), bytes);
    }
}

TEST_P(StagingConformance, AnObjectIsReadByManyAtOnce) {
    const auto bytes = mixed_bytes(200'000);
    ASSERT_TRUE(put(kKey, bytes).ok());
    auto one = staging().get(kKey).value();
    auto two = staging().get(kKey).value();
    EXPECT_EQ(read_all(*one).value(), bytes);
    EXPECT_EQ(read_all(*two).value(), bytes);
}

TEST_P(StagingConformance, ASecondPutReplacesTheFirst) {
    ASSERT_TRUE(put(kKey, "a longer first text").ok());
    ASSERT_TRUE(put(kKey, "second").ok());
    EXPECT_EQ(get(kKey).value(), "second");
    EXPECT_THAT(keys(), ElementsAre(kKey));
}

TEST_P(StagingConformance, WhatIsNotThereIsNotFoundAndMayBeRemoved) {
    EXPECT_EQ(get(kKey).error().code(), Code::not_found);
    EXPECT_TRUE(staging().remove(kKey).ok());
    EXPECT_THAT(keys(), IsEmpty());
}

TEST_P(StagingConformance, RemovedIsGoneAndOthersStay) {
    ASSERT_TRUE(put("7/a.csv", "a").ok());
    ASSERT_TRUE(put("7/b.csv", "b").ok());
    ASSERT_TRUE(staging().remove("7/a.csv").ok());
    EXPECT_TRUE(staging().remove("7/a.csv").ok()) << "again";
    EXPECT_EQ(get("7/a.csv").error().code(), Code::not_found);
    EXPECT_EQ(get("7/b.csv").value(), "b");
    ASSERT_TRUE(put("7/a.csv", "new").ok());
    EXPECT_EQ(get("7/a.csv").value(), "new");
}

// Goal    a slice that turns out damaged while it is uploaded is nowhere in staging.
TEST_P(StagingConformance, AFailedSourceStoresNothing) {
    FailingSource damaged;
    EXPECT_EQ(staging().put(kKey, damaged).error().code(), Code::corrupt);
    EXPECT_EQ(get(kKey).error().code(), Code::not_found);

    ASSERT_TRUE(put(kKey, "old").ok());
    FailingSource again;
    EXPECT_EQ(staging().put(kKey, again).error().code(), Code::corrupt);
    EXPECT_EQ(get(kKey).value(), "old");
    ASSERT_TRUE(staging().remove(kKey).ok());
    EXPECT_THAT(keys(), IsEmpty());
}

TEST_P(StagingConformance, ListsKeysInBytewiseOrderPageByPage) {
    const Keys wanted = {"1/a.csv",   "1/a.csv.gz", "10/a.csv", "10/b.csv",
                         "2-x/a.csv", "2/a.csv",    "2/b.csv",  "9/z.csv"};
    for (auto key = wanted.rbegin(); key != wanted.rend(); ++key) ASSERT_TRUE(put(*key, "x").ok());
    for (const std::uint32_t limit : {1U, 2U, 3U, 7U, 8U, 9U}) {
        SCOPED_TRACE(limit);
        EXPECT_EQ(keys({}, limit), wanted);
    }
    EXPECT_THAT(keys("1"), ElementsAre("1/a.csv", "1/a.csv.gz", "10/a.csv", "10/b.csv"));
    EXPECT_THAT(keys("1/"), ElementsAre("1/a.csv", "1/a.csv.gz"));
    EXPECT_THAT(keys("10/b", 1), ElementsAre("10/b.csv"));
    EXPECT_THAT(keys("3"), IsEmpty());
    EXPECT_THAT(staging().list({.prefix = "1/", .after = "2", .limit = 9}).value(), IsEmpty());
    EXPECT_THAT(staging().list({.prefix = {}, .after = "10/a.csv", .limit = 2}).value(),
                ElementsAre("10/b.csv", "2-x/a.csv"));
}

TEST_P(StagingConformance, WhatIsNoKeyIsRefused) {
    for (const auto& key :
         {std::string(), std::string("/etc/passwd"), std::string("../x"), std::string("a/../../x"),
          std::string("a//b"), std::string("a/./b"), std::string("a/"), std::string("a\0b", 3)}) {
        SCOPED_TRACE(key);
        EXPECT_EQ(put(key, "x").error().code(), Code::invalid);
        EXPECT_EQ(staging().get(key).error().code(), Code::invalid);
        EXPECT_EQ(staging().remove(key).error().code(), Code::invalid);
    }
    EXPECT_THAT(keys(), IsEmpty());
}

TEST_P(StagingConformance, KeysOfOneFolderArePutAndRemovedAtOnce) {
    constexpr int kThreads = 4;
    constexpr int kRounds = 30;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([this, thread] {
            for (int round = 0; round < kRounds; ++round) {
                const auto key = "7/" + std::to_string(thread) + "-" + std::to_string(round);
                const auto stored = put(key, key);
                ASSERT_TRUE(stored.ok()) << stored.error().operator_text();
                const auto read = get(key);
                ASSERT_TRUE(read.ok()) << read.error().operator_text();
                EXPECT_EQ(read.value(), key);
                EXPECT_TRUE(staging().remove(key).ok());
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_THAT(keys(), IsEmpty());
}

}  // namespace millrace::conformance
