#include "storage/journal/leftovers.h"

#include <gmock/gmock.h>

#include "tests/support/memory_disk.h"

namespace millrace::journal {
namespace {

TEST(LeftoversTest, TemporaryFilesWithNamesThatTheJournalMakesAreRemoved) {
    const std::vector<std::string> removed = {"checkpoint-00000000000000000041.tmp",
                                              "keys-00000000000000000042.tmp"};
    const std::vector<std::string> kept = {"0000000001.segment",
                                           "checkpoint-00000000000000000041",
                                           "checkpoint-00000000000000000041.damaged.tmp",
                                           "checkpoint-41.tmp",
                                           "keys-0000000000000000004x.tmp",
                                           "keys-mine.tmp",
                                           "notes.tmp"};
    testing_support::MemoryDisk disk;
    ASSERT_TRUE(disk.make_directories("/journal").ok());
    for (const auto& name : removed) disk.set_content("/journal/" + name, "half");
    for (const auto& name : kept) disk.set_content("/journal/" + name, "mine");
    EXPECT_EQ(remove_leftovers(disk, "/journal").value(), removed);
    EXPECT_EQ(disk.list("/journal").value(), kept);
}

}  // namespace
}  // namespace millrace::journal
