// What PosixDisk gives the disk before it is asked to sync.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "storage/os/posix_disk.h"
#include "tests/unit/storage/os/scratch_directory.h"

namespace {

constexpr std::size_t kMebibyte = 1 << 20;

struct Given {
    off64_t begin;
    off64_t end;
    unsigned flags;
    bool operator==(const Given&) const = default;
};

std::vector<Given> g_given;
int g_wait_errno = 0;

}  // namespace

// In the place of that of the C library.
extern "C" int sync_file_range(int fd, off64_t offset, off64_t bytes, unsigned flags) {
    g_given.push_back({.begin = offset, .end = offset + bytes, .flags = flags});
    if (g_wait_errno != 0 && (flags & SYNC_FILE_RANGE_WAIT_BEFORE) != 0) {
        errno = g_wait_errno;
        return -1;
    }
    return static_cast<int>(syscall(SYS_sync_file_range, fd, offset, bytes, flags));
}

namespace millrace::os {
namespace {

class WriteBackTest : public testing::Test {
protected:
    void SetUp() override {
        g_given.clear();
        g_wait_errno = 0;
    }

    void write_mebibytes(std::size_t begin, std::size_t count) {
        const std::vector<std::byte> bytes(kMebibyte);
        for (std::size_t i = begin; i < begin + count; ++i) {
            ASSERT_TRUE(file_->write_at(i * kMebibyte, bytes).ok());
        }
    }

    const ScratchDirectory scratch_;
    PosixDisk disk_;
    std::unique_ptr<DiskFile> file_ =
        disk_.open(scratch_.path() + "/file", Disk::Open::create_new).value();
};

TEST_F(WriteBackTest, AtMostTwoPiecesOfALongFileAreUnderWay) {
    write_mebibytes(0, 24);
    constexpr off64_t kPiece = 8 * kMebibyte;
    const std::vector<Given> expected = {
        {.begin = 0, .end = kPiece, .flags = SYNC_FILE_RANGE_WRITE},
        {.begin = 0, .end = kPiece, .flags = SYNC_FILE_RANGE_WAIT_BEFORE},
        {.begin = kPiece, .end = 2 * kPiece, .flags = SYNC_FILE_RANGE_WRITE},
        {.begin = kPiece, .end = 2 * kPiece, .flags = SYNC_FILE_RANGE_WAIT_BEFORE},
        {.begin = 2 * kPiece, .end = 3 * kPiece, .flags = SYNC_FILE_RANGE_WRITE}};
    EXPECT_EQ(g_given, expected);
    EXPECT_TRUE(file_->sync_data().ok());
}

TEST_F(WriteBackTest, AShortFileIsLeftToItsSync) {
    write_mebibytes(0, 7);
    EXPECT_TRUE(file_->sync_data().ok());
    write_mebibytes(7, 7);
    EXPECT_TRUE(g_given.empty());
}

// The kernel tells it once, and here it is not the sync that hears of it.
TEST_F(WriteBackTest, AnErrorOfTheDiskBeforeASyncFailsEverySyncThatFollows) {
    g_wait_errno = EIO;
    write_mebibytes(0, 17);
    g_wait_errno = 0;
    write_mebibytes(17, 17);
    for (int i = 0; i < 2; ++i) {
        const auto synced = file_->sync_data();
        ASSERT_FALSE(synced.ok());
        EXPECT_EQ(synced.error().code(), Code::unknown_outcome);
        EXPECT_EQ(synced.error().operator_text(),
                  "write back " + scratch_.path() + "/file: Input/output error");
    }
}

TEST_F(WriteBackTest, AFileSystemThatKnowsNoRangesIsNoError) {
    g_wait_errno = EINVAL;
    write_mebibytes(0, 24);
    EXPECT_TRUE(file_->sync_data().ok());
}

}  // namespace
}  // namespace millrace::os
