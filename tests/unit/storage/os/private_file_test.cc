#include "storage/os/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;

mode_t mode(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
}

void write(const std::string& path, mode_t with_mode) {
    std::ofstream(path) << "old";
    ASSERT_EQ(::chmod(path.c_str(), with_mode), 0);
}

class PrivateFileTest : public testing::Test {
protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

    ScratchDirectory directory_;
};

TEST_F(PrivateFileTest, AFileIsMadeOrReplacedWithItsModeWhateverTheUmask) {
    const auto old_mask = ::umask(0);
    EXPECT_TRUE(replace_file(path("new"), "a", FileAccess::owner).ok());
    write(path("old"), 0666);
    EXPECT_TRUE(replace_file(path("old"), "b", FileAccess::group).ok());
    ::umask(old_mask);
    EXPECT_EQ(mode(path("new")), 0600U);
    EXPECT_EQ(mode(path("old")), 0640U);
    EXPECT_EQ(read_small_file(path("old"), 10).value(), "b");
    EXPECT_FALSE(fs::exists(path("old.tmp")));
}

TEST_F(PrivateFileTest, WhatIsNotARegularFileIsLeftAlone) {
    fs::create_directory(path("directory"));
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    write(path("elsewhere"), 0600);
    fs::create_symlink(path("elsewhere"), path("link"));
    for (const auto* name : {"directory", "fifo", "link"}) {
        SCOPED_TRACE(name);
        const auto replaced = replace_file(path(name), "new", FileAccess::owner);
        ASSERT_FALSE(replaced.ok());
        EXPECT_EQ(replaced.error().code(), Code::invalid);
        EXPECT_TRUE(fs::exists(path(name)));
    }
    EXPECT_EQ(read_small_file(path("elsewhere"), 10).value(), "old");
}

TEST_F(PrivateFileTest, TheTemporaryFileFollowsNoLinkAndALeftoverGoes) {
    write(path("elsewhere"), 0600);
    fs::create_symlink(path("elsewhere"), path("a.tmp"));
    EXPECT_EQ(replace_file(path("a"), "new", FileAccess::owner).error().code(), Code::invalid);
    EXPECT_EQ(read_small_file(path("elsewhere"), 10).value(), "old");

    write(path("b.tmp"), 0666);
    EXPECT_TRUE(replace_file(path("b"), "new", FileAccess::owner).ok());
    EXPECT_EQ(mode(path("b")), 0600U);
}

TEST_F(PrivateFileTest, OnlySmallRegularFilesAreRead) {
    ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
    write(path("file"), 0600);
    fs::create_symlink(path("file"), path("link"));
    EXPECT_EQ(read_small_file(path("link"), 3).value(), "old");
    EXPECT_EQ(read_small_file(path("file"), 2).error().code(), Code::invalid);
    EXPECT_EQ(read_small_file(path("fifo"), 9).error().code(), Code::invalid);
    EXPECT_EQ(read_small_file(directory_.path(), 9).error().code(), Code::invalid);
    EXPECT_EQ(read_small_file("/dev/zero", 9).error().code(), Code::invalid);
    EXPECT_EQ(read_small_file(path("no"), 9).error().code(), Code::not_found);
}

TEST_F(PrivateFileTest, RightsOfOthersAreTakenAwayFromAFileOrBelowADirectory) {
    fs::create_directories(path("data/deep"));
    write(path("data/deep/open"), 0666);
    write(path("data/closed"), 0600);
    write(path("token"), 0640);
    write(path("outside"), 0666);
    fs::create_symlink(path("outside"), path("data/link"));
    fs::create_directory_symlink(path("data"), path("other"));

    Restricted restricted;
    restrict_files(path("other"), FileAccess::owner, restricted);
    restrict_files(path("nothing"), FileAccess::owner, restricted);
    EXPECT_EQ(restricted.files, 0U);
    restrict_files(path("data"), FileAccess::group, restricted);
    restrict_files(path("token"), FileAccess::owner, restricted);
    EXPECT_EQ(restricted.files, 2U);
    EXPECT_EQ(restricted.failed, 0U);
    EXPECT_EQ(mode(path("data/deep/open")), 0640U);
    EXPECT_EQ(mode(path("data/closed")), 0600U);
    EXPECT_EQ(mode(path("token")), 0600U);
    EXPECT_EQ(mode(path("outside")), 0666U);
    restrict_files(path("data"), FileAccess::group, restricted);
    EXPECT_EQ(restricted.files, 2U);
}

}  // namespace
}  // namespace millrace::os
