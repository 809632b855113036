#include "storage/staging/folder/folder_staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_disk.h"
#include "tests/support/memory_source.h"

namespace millrace::staging {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::MemoryDisk;
using testing_support::MemorySource;
using testing_support::read_all;

constexpr Encoding kPlain{.compression = Compression::none};
constexpr Encoding kGzip{.compression = Compression::gzip, .gzip_level = 1};
const std::string kKey = "7/file/slice.csv.gz";

Result<std::uint64_t> put(Staging& staging, const std::string& key, const std::string& csv,
                          Encoding encoding) {
    MemorySource source(csv, 1000);
    return staging.put(key, source, encoding);
}

Result<std::string> get(Staging& staging, const std::string& key, Compression compression) {
    TRY_ASSIGN(auto source, staging.get(key, compression));
    return read_all(*source);
}

TEST(FolderStagingTest, AnObjectComesBackAsItWasPut) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    const std::string csv(300'000, 'x');

    EXPECT_EQ(put(staging, "7/f/plain.csv", csv, kPlain).value(), csv.size());
    EXPECT_EQ(get(staging, "7/f/plain.csv", Compression::none).value(), csv);
    EXPECT_EQ(disk.content("/staging/7/f/plain.csv"), csv);

    const auto size = put(staging, kKey, csv, kGzip).value();
    EXPECT_LT(size, csv.size() / 10);
    EXPECT_EQ(disk.content("/staging/" + kKey)->size(), size);
    EXPECT_EQ(get(staging, kKey, Compression::gzip).value(), csv);
}

TEST(FolderStagingTest, ASecondPutReplacesTheFirst) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, kKey, "a longer first text", kPlain).ok());
    ASSERT_TRUE(put(staging, kKey, "second", kPlain).ok());
    EXPECT_EQ(get(staging, kKey, Compression::none).value(), "second");
}

TEST(FolderStagingTest, KeysThatLeaveTheFolderAreRefused) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    for (const auto& key :
         {std::string(), std::string("/etc/passwd"), std::string("../x"), std::string("a/../../x"),
          std::string("a//b"), std::string("a/./b"), std::string("a/"), std::string(".."),
          std::string("a/b.tmp"), std::string("a\0b", 3)}) {
        SCOPED_TRACE(key);
        EXPECT_EQ(put(staging, key, "x", kPlain).error().code(), Code::invalid);
        EXPECT_EQ(staging.get(key, Compression::none).error().code(), Code::invalid);
        EXPECT_EQ(staging.remove(key).error().code(), Code::invalid);
    }
    EXPECT_THAT(disk.files(), IsEmpty());
}

TEST(FolderStagingTest, RemoveLeavesNoEmptyFolderAndMayBeRepeated) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, "7/f/1.csv", "1", kPlain).ok());
    ASSERT_TRUE(put(staging, "7/f/2.csv", "2", kPlain).ok());

    ASSERT_TRUE(staging.remove("7/f/1.csv").ok());
    EXPECT_THAT(disk.files(), ElementsAre("/staging/7/f/2.csv"));
    ASSERT_TRUE(staging.remove("7/f/2.csv").ok());
    EXPECT_THAT(disk.files(), IsEmpty());
    EXPECT_THAT(disk.directories(), ElementsAre("/staging", "/staging/7"));
    EXPECT_TRUE(staging.remove("7/f/2.csv").ok());

    ASSERT_TRUE(put(staging, "7/3.csv", "3", kPlain).ok());
    ASSERT_TRUE(staging.remove("7/3.csv").ok());
    EXPECT_THAT(disk.directories(), ElementsAre("/staging", "/staging/7")) << "it stays in use";

    ASSERT_TRUE(put(staging, "top.csv", "x", kPlain).ok());
    ASSERT_TRUE(staging.remove("top.csv").ok());
    EXPECT_THAT(disk.directories(), testing::Contains("/staging"));
}

TEST(FolderStagingTest, AMissingObjectIsNotFoundAndADamagedOneCorrupt) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    EXPECT_EQ(get(staging, kKey, Compression::gzip).error().code(), Code::not_found);

    ASSERT_TRUE(put(staging, kKey, "\"1\"\n", kGzip).ok());
    auto bytes = *disk.content("/staging/" + kKey);
    disk.set_content("/staging/" + kKey, bytes.substr(0, bytes.size() - 1));
    EXPECT_EQ(get(staging, kKey, Compression::gzip).error().code(), Code::corrupt);
}

// Goal    after a failure of any disk operation the object is whole or not there (the old one,
//         where there was one), and repeating put() succeeds.
// Method  fail the n-th operation for n = 0, 1, 2 ... until a run has no failure left.
TEST(FolderStagingTest, AnObjectIsWholeOrAbsentAfterAnyFailure) {
    for (const bool replaces : {false, true}) {
        int faults = 0;
        for (int fail_at = 0;; ++fail_at) {
            SCOPED_TRACE(testing::Message() << "replaces=" << replaces << " fail_at=" << fail_at);
            MemoryDisk disk;
            FolderStaging staging(disk, "/staging");
            if (replaces) {
                ASSERT_TRUE(put(staging, kKey, "old", kPlain).ok());
            }
            const std::string csv(200'000, 'n');

            disk.fail_after(fail_at);
            const auto stored = put(staging, kKey, csv, kPlain);
            if (!disk.fault_fired()) {
                ASSERT_TRUE(stored.ok());
                break;
            }
            ++faults;
            const auto object = disk.content("/staging/" + kKey);
            const auto before = replaces ? std::optional<std::string>("old") : std::nullopt;
            if (stored.ok()) {
                ASSERT_EQ(object, csv);
            } else {
                ASSERT_TRUE(object == before || object == csv);
                ASSERT_TRUE(stored.error().code() == Code::unavailable ||
                            stored.error().code() == Code::unknown_outcome);
            }
            ASSERT_EQ(put(staging, kKey, csv, kPlain).value(), csv.size());
            ASSERT_THAT(disk.files(), ElementsAre("/staging/" + kKey));
        }
        EXPECT_GE(faults, 7) << "make, remove, open, writes, sync, rename, sync";
    }
}

}  // namespace
}  // namespace millrace::staging
