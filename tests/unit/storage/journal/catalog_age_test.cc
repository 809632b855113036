#include "storage/journal/catalog_age.h"

#include <gtest/gtest.h>

#include "storage/journal/checkpoint.h"
#include "storage/journal/volume_identity.h"
#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

VolumeRecord known_up_to(std::uint64_t sealed) {
    VolumeRecord record;
    record.sealed = Sequence(sealed);
    return record;
}

TEST(CatalogAgeTest, ACatalogThatHasLessThanItHadIsOld) {
    const auto told = [](std::uint64_t sealed, std::uint64_t last, std::uint64_t known) {
        return refuse_old_catalog("/v", {.sealed = Sequence(sealed), .last = Sequence(last)},
                                  known_up_to(known));
    };
    EXPECT_TRUE(told(7, 9, 7).ok());
    EXPECT_TRUE(told(7, 9, 9).ok()) << "the checkpoint is older than the catalog";
    EXPECT_TRUE(told(7, 5, 5).ok()) << "what was behind a damaged end was given up";
    const auto old = told(7, 9, 6);
    ASSERT_FALSE(old.ok());
    EXPECT_EQ(old.error().code(), Code::conflict);
    EXPECT_EQ(
        old.error().client_text(),
        "the catalog is older than the volume in /v: it has rows up to frame 6, and had them "
        "up to frame 7. It is an old copy: start with the newest one, which alone knows where "
        "the rows between are");
}

TEST(CatalogAgeTest, TheNewestCheckpointTellsIt) {
    testing_support::MemoryDisk disk;
    EXPECT_TRUE(refuse_old_catalog(disk, "/v", known_up_to(0)).ok()) << "there is none";
    const auto directory = journal_directory("/v");
    ASSERT_TRUE(disk.make_directories(directory).ok());
    for (const std::uint64_t sealed : {3U, 8U}) {
        ASSERT_TRUE(store_checkpoint(disk, directory,
                                     {.sequence = Sequence(sealed + 1), .sealed = Sequence(sealed)})
                        .ok());
    }
    EXPECT_TRUE(refuse_old_catalog(disk, "/v", known_up_to(8)).ok());
    EXPECT_FALSE(refuse_old_catalog(disk, "/v", known_up_to(7)).ok());
}

}  // namespace
}  // namespace millrace::journal
