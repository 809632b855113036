#include "storage/sqlite/early_writes.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "tests/support/temp_directory.h"

namespace {

std::vector<std::string> g_given;  // paths, of a file that has no name with " (deleted)"

}  // namespace

// In the place of that of the C library.
extern "C" int sync_file_range(int fd, off64_t offset, off64_t bytes, unsigned flags) {
    g_given.push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)));
    return static_cast<int>(syscall(SYS_sync_file_range, fd, offset, bytes, flags));
}

namespace millrace::sqlite {
namespace {

using testing_support::TempDirectory;

void insert_megabytes(Database& database, int count) {
    for (int i = 0; i < count; ++i) {
        ASSERT_TRUE(database.run("INSERT INTO t VALUES (zeroblob(1048576))").ok());
    }
}

TEST(EarlyWrites, TheLogOfALongTransactionIsGivenToTheDiskBeforeItsCommit) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {.commits_checkpoint = false}).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (x BLOB)").ok());
    g_given.clear();
    auto transaction = Transaction::begin(database).value();
    insert_megabytes(database, 40);
    ASSERT_GE(g_given.size(), 2u);
    for (const auto& path : g_given) EXPECT_EQ(path, directory / "db-wal");
    ASSERT_TRUE(transaction.commit().ok());

    g_given.clear();
    ASSERT_TRUE(database.checkpoint().value());
    ASSERT_GE(g_given.size(), 2u);
    for (const auto& path : g_given) EXPECT_EQ(path, directory / "db");
}

TEST(EarlyWrites, FilesWithoutANameAreLeftAlone) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    ASSERT_TRUE(database.execute("CREATE TEMP TABLE t (x BLOB)").ok());
    g_given.clear();
    insert_megabytes(database, 40);
    EXPECT_TRUE(g_given.empty());
}

}  // namespace
}  // namespace millrace::sqlite
