// What is peculiar to PosixDisk; what every Disk does is in tests/conformance/disk_suite.cc.

#include "storage/os/posix_disk.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

TEST(PosixDiskTest, AnErrorNamesTheOperationThePathAndTheReason) {
    const ScratchDirectory scratch;
    const auto path = scratch.path() + "/none";
    PosixDisk disk;
    const auto file = disk.open(path, Disk::Open::existing);
    ASSERT_FALSE(file.ok());
    EXPECT_EQ(file.error().operator_text(), "open " + path + ": No such file or directory");
}

TEST(PosixDiskTest, AFailedSyncIsAnUnknownOutcome) {
    PosixDisk disk;
    const auto pipe = disk.open("/dev/null", Disk::Open::existing);  // fdatasync: EINVAL
    ASSERT_TRUE(pipe.ok());
    const auto synced = pipe.value()->sync_data();
    ASSERT_FALSE(synced.ok());
    EXPECT_EQ(synced.error().code(), Code::unknown_outcome);
    EXPECT_EQ(synced.error().operator_text(), "fdatasync /dev/null: Invalid argument");
}

TEST(PosixDiskTest, AFullDiskIsUnavailable) {
    PosixDisk disk;
    const auto file = disk.open("/dev/full", Disk::Open::existing);
    ASSERT_TRUE(file.ok());
    const auto written = file.value()->write_at(0, std::vector<std::byte>(10));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code(), Code::unavailable);
    EXPECT_EQ(written.error().operator_text(), "write /dev/full: No space left on device");
}

TEST(PosixDiskTest, FilesAreClosedInProgramsThatAreStarted) {
    const ScratchDirectory scratch;
    PosixDisk disk;
    const int next_fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next_fd);
    const auto file = disk.open(scratch.path() + "/file", Disk::Open::create_new);
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(::fcntl(next_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(PosixDiskTest, NewFilesAndDirectoriesAreNotForTheWorld) {
    const ScratchDirectory scratch;
    PosixDisk disk;
    ASSERT_TRUE(disk.make_directories(scratch.path() + "/a/b").ok());
    ASSERT_TRUE(disk.open(scratch.path() + "/a/file", Disk::Open::create).ok());
    EXPECT_EQ(fs::status(scratch.path() + "/a/file").permissions() & fs::perms::others_all,
              fs::perms::none);
    EXPECT_EQ(fs::status(scratch.path() + "/a/b").permissions() & fs::perms::others_all,
              fs::perms::none);
}

TEST(PosixDiskTest, RelativePathsAndDoubledSlashesWork) {
    const ScratchDirectory scratch;
    const auto before = fs::current_path();
    fs::current_path(scratch.path());
    PosixDisk disk;
    EXPECT_TRUE(disk.make_directories("a//b/").ok());
    EXPECT_TRUE(disk.make_directories("./c").ok());
    EXPECT_TRUE(disk.make_directories("d").ok());
    EXPECT_TRUE(fs::is_directory("a/b"));
    EXPECT_TRUE(fs::is_directory("c"));
    EXPECT_TRUE(fs::is_directory("d"));
    fs::current_path(before);
}

TEST(PosixDiskTest, FreeBytesIsWhatTheFileSystemSays) {
    PosixDisk disk;
    const auto free = disk.free_bytes("/");
    ASSERT_TRUE(free.ok());
    EXPECT_GT(free.value(), 0u);
    EXPECT_LE(free.value(), fs::space("/").capacity);
}

}  // namespace
}  // namespace millrace::os
