#include "storage/staging/folder/folder_staging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/support/memory_disk.h"
#include "tests/support/memory_source.h"

namespace millrace::staging {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::MemoryDisk;
using testing_support::MemorySource;

const std::string kKey = "7/file/slice.csv.gz";

Result<std::uint64_t> put(Staging& staging, const std::string& key, const std::string& bytes) {
    MemorySource source(bytes, 1000);
    return staging.put(key, source);
}

TEST(FolderStagingTest, AnObjectIsAFileOfItsBytes) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    const std::string bytes(300'000, 'x');
    EXPECT_EQ(put(staging, "7/f/plain.csv", bytes).value(), bytes.size());
    EXPECT_EQ(disk.content("/staging/7/f/plain.csv"), bytes);
}

TEST(FolderStagingTest, AKeyCannotBeTheNameOfAnUnfinishedObject) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    EXPECT_EQ(put(staging, "a/b.tmp", "x").error().code(), Code::invalid);
    EXPECT_EQ(staging.get("a/b.tmp").error().code(), Code::invalid);
    EXPECT_EQ(staging.remove("a/b.tmp").error().code(), Code::invalid);
    EXPECT_THAT(disk.files(), IsEmpty());
}

TEST(FolderStagingTest, RemoveLeavesNoEmptyFolderAndMayBeRepeated) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, "7/f/1.csv", "1").ok());
    ASSERT_TRUE(put(staging, "7/f/2.csv", "2").ok());

    ASSERT_TRUE(staging.remove("7/f/1.csv").ok());
    EXPECT_THAT(disk.files(), ElementsAre("/staging/7/f/2.csv"));
    ASSERT_TRUE(staging.remove("7/f/2.csv").ok());
    EXPECT_THAT(disk.files(), IsEmpty());
    EXPECT_THAT(disk.directories(), ElementsAre("/staging", "/staging/7"));
    EXPECT_TRUE(staging.remove("7/f/2.csv").ok());

    ASSERT_TRUE(put(staging, "7/3.csv", "3").ok());
    ASSERT_TRUE(staging.remove("7/3.csv").ok());
    EXPECT_THAT(disk.directories(), ElementsAre("/staging", "/staging/7")) << "it stays in use";

    ASSERT_TRUE(put(staging, "top.csv", "x").ok());
    ASSERT_TRUE(staging.remove("top.csv").ok());
    EXPECT_THAT(disk.directories(), testing::Contains("/staging"));
}

// Goal    what a crash amid a put() leaves is found, and goes with its key.
TEST(FolderStagingTest, AnUnfinishedObjectIsListedAndRemovedByItsKey) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, "7/1.csv", "1").ok());
    disk.set_content("/staging/7/1.csv.tmp", "hal");
    disk.set_content("/staging/7/2.csv.tmp", "f");
    const auto keys = [&] {
        return staging.list({.prefix = {}, .after = {}, .limit = 10}).value();
    };
    EXPECT_THAT(keys(), ElementsAre("7/1.csv", "7/2.csv"));
    ASSERT_TRUE(staging.remove("7/2.csv").ok());
    EXPECT_THAT(keys(), ElementsAre("7/1.csv"));
    ASSERT_TRUE(staging.remove("7/1.csv").ok());
    EXPECT_THAT(disk.files(), IsEmpty());
}

// Goal    a folder that cannot be read is not taken for an empty one.
// Goal    pages hold all keys in bytewise order, whatever names of files and folders begin with
//         each other.
// Method  random keys of parts that do; some objects are unfinished, some of both kinds.
TEST(FolderStagingTest, PagesHoldAllKeysInOrderWhateverTheNames) {
    std::mt19937 dice(1);
    const std::vector<std::string> parts = {"a", "a-", "a.b", "a.tmp-", "a0", "ab", "b"};
    for (int round = 0; round < 200; ++round) {
        SCOPED_TRACE(round);
        MemoryDisk disk;
        FolderStaging staging(disk, "/staging");
        std::set<std::string> wanted;
        for (int i = 0; i < 12; ++i) {
            std::string key;
            for (auto depth = dice() % 3; depth > 0; --depth) key += parts[dice() % 7] + "/";
            key += parts[dice() % 7] + ".c";  // no folder has such a name
            ASSERT_TRUE(put(staging, key, "x").ok());
            wanted.insert(key);
            if (dice() % 3 == 0) disk.set_content("/staging/" + key + ".tmp", "y");
        }
        for (const std::uint32_t limit : {1U, 2U, 5U, 100U}) {
            std::vector<std::string> keys;
            for (bool more = true; more;) {
                const auto page = staging
                                      .list({.prefix = {},
                                             .after = keys.empty() ? std::string() : keys.back(),
                                             .limit = limit})
                                      .value();
                more = page.size() == limit;
                keys.insert(keys.end(), page.begin(), page.end());
            }
            EXPECT_THAT(keys, testing::ElementsAreArray(wanted));
        }
    }
}

TEST(FolderStagingTest, AFailedListIsAnError) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, "7/1.csv", "1").ok());
    disk.fail_after(0);
    EXPECT_EQ(staging.list({.prefix = {}, .after = {}, .limit = 10}).error().code(),
              Code::unavailable);
}

// Goal    what others put into the folder is neither an object nor a reason to stop: the lost+found
//         of a disk, which only root reads, and names that no key has.
// Method  each beside an object, on the first level and below.
TEST(FolderStagingTest, EntriesOfOthersArePassedOver) {
    for (const auto* place : {"/staging/", "/staging/7/"}) {
        SCOPED_TRACE(place);
        MemoryDisk disk;
        FolderStaging staging(disk, "/staging");
        ASSERT_TRUE(put(staging, "7/1.csv", "1").ok());
        const std::string folder(place);
        disk.set_content(folder + "lost+found/#42", "x");
        disk.make_unreadable(folder + "lost+found");
        for (const auto* name : {"Notes", "a b", "caf\xc3\xa9", "~x", "_x", ":x"}) {
            disk.set_content(folder + name, "x");
        }
        const auto listed = staging.list({.prefix = {}, .after = {}, .limit = 10});
        ASSERT_TRUE(listed.ok()) << listed.error().operator_text();
        EXPECT_THAT(listed.value(), ElementsAre("7/1.csv"));
    }
}

// Goal    a folder of objects that cannot be read is an error that names it; one page of others can
//         still be listed.
TEST(FolderStagingTest, AnUnreadableFolderOfObjectsIsNotTakenForAnEmptyOne) {
    MemoryDisk disk;
    FolderStaging staging(disk, "/staging");
    ASSERT_TRUE(put(staging, "7/1.csv", "1").ok());
    ASSERT_TRUE(put(staging, "8/1.csv", "1").ok());
    disk.make_unreadable("/staging/7");
    const auto all = staging.list({.prefix = {}, .after = {}, .limit = 10});
    ASSERT_EQ(all.error().code(), Code::unavailable);
    EXPECT_THAT(all.error().operator_text(), testing::HasSubstr("/staging/7"));
    EXPECT_THAT(staging.list({.prefix = "8/", .after = {}, .limit = 10}).value(),
                ElementsAre("8/1.csv"));
}

// A file gets a second name on the disk of memory: its bytes are there twice.
FolderStaging::Link linked_by(MemoryDisk& disk) {
    return [&disk](const std::string& file, const std::string& name) -> Result<bool> {
        const auto content = disk.content(file);
        if (!content) return Error(Code::not_found, file);
        disk.set_content(name, *content);
        return true;
    };
}

TEST(FolderStagingTest, AFileOfTheSameDiskBecomesAnObjectWithoutACopy) {
    MemoryDisk disk;
    disk.set_content("/slices/1.csv", "rows");
    FolderStaging staging(disk, "/staging", linked_by(disk));
    ASSERT_TRUE(put(staging, "7/1.csv", "old").ok());
    EXPECT_EQ(staging.link("7/1.csv", "/slices/1.csv").value(), true);
    EXPECT_EQ(disk.content("/staging/7/1.csv"), "rows");
    EXPECT_EQ(staging.link("7/2.csv", "/slices/none.csv").error().code(), Code::not_found);
    EXPECT_EQ(staging.link("../2.csv", "/slices/1.csv").error().code(), Code::invalid);
    EXPECT_EQ(staging.list({.prefix = {}, .after = {}, .limit = 10}).value(),
              std::vector<std::string>{"7/1.csv"});
}

TEST(FolderStagingTest, WithoutLinksNothingIsLinked) {
    MemoryDisk disk;
    disk.set_content("/slices/1.csv", "rows");
    FolderStaging plain(disk, "/staging");
    FolderStaging elsewhere(disk, "/staging",
                            [](const std::string&, const std::string&) { return false; });
    for (auto* const staging : {&plain, &elsewhere}) {
        EXPECT_EQ(staging->link("7/1.csv", "/slices/1.csv").value(), false);
        EXPECT_EQ(staging->get("7/1.csv").error().code(), Code::not_found);
    }
}

// Method  fail the n-th operation for n = 0, 1, 2 ... until a run has no failure left.
TEST(FolderStagingTest, ALinkIsRepeatedAfterAnyFailure) {
    int faults = 0;
    for (int fail_at = 0;; ++fail_at) {
        SCOPED_TRACE(fail_at);
        MemoryDisk disk;
        disk.set_content("/slices/1.csv", "rows");
        FolderStaging staging(disk, "/staging", linked_by(disk));
        disk.fail_after(fail_at);
        const auto linked = staging.link("7/1.csv", "/slices/1.csv");
        if (!disk.fault_fired()) break;
        ++faults;
        EXPECT_FALSE(linked.ok());
        EXPECT_EQ(staging.link("7/1.csv", "/slices/1.csv").value(), true);
        EXPECT_EQ(disk.content("/staging/7/1.csv"), "rows");
    }
    EXPECT_GE(faults, 3) << "make, remove, sync";
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
                ASSERT_TRUE(put(staging, kKey, "old").ok());
            }
            const std::string csv(200'000, 'n');

            disk.fail_after(fail_at);
            const auto stored = put(staging, kKey, csv);
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
            ASSERT_EQ(put(staging, kKey, csv).value(), csv.size());
            ASSERT_THAT(disk.files(), ElementsAre("/staging/" + kKey));
        }
        EXPECT_GE(faults, 7) << "make, remove, open, writes, sync, rename, sync";
    }
}

}  // namespace
}  // namespace millrace::staging
