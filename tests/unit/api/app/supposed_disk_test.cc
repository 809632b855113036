#include "api/app/supposed_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/ports/atomic_file.h"
#include "storage/os/posix_disk.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

using testing::ElementsAre;

class SupposedDiskTest : public testing::Test {
protected:
    SupposedDiskTest() {
        std::ofstream(directory_ / "a") << "first";
        std::ofstream(directory_ / "b") << "second";
    }

    std::string text(const std::string& name) {
        const auto read = read_whole(disk_, directory_ / name);
        return read.ok() ? read.value() : std::string(to_string(read.error().code()));
    }
    std::vector<std::string> names() { return disk_.list(directory_.path()).value(); }

    testing_support::TempDirectory directory_;
    os::PosixDisk real_;
    SupposedDisk disk_{real_};
};

TEST_F(SupposedDiskTest, ChangesAreSeenAndNotMade) {
    EXPECT_THAT(names(), ElementsAre("a", "b"));
    ASSERT_TRUE(disk_.rename(directory_ / "a", directory_ / "a.damaged").ok());
    ASSERT_TRUE(write_atomically(disk_, directory_ / "a", "new").ok());
    ASSERT_TRUE(write_atomically(disk_, directory_ / "b", "changed").ok());
    ASSERT_TRUE(disk_.remove(directory_ / "b").ok());
    EXPECT_THAT(names(), ElementsAre("a", "a.damaged"));
    EXPECT_EQ(text("a"), "new");
    EXPECT_EQ(text("a.damaged"), "first");
    EXPECT_EQ(text("b"), "not_found");
    EXPECT_EQ(disk_.remove(directory_ / "b").error().code(), Code::not_found);
    EXPECT_EQ(disk_.rename(directory_ / "b", directory_ / "c").error().code(), Code::not_found);
    EXPECT_EQ(disk_.open(directory_ / "a", Disk::Open::create_new).error().code(), Code::conflict);

    EXPECT_THAT(real_.list(directory_.path()).value(), ElementsAre("a", "b"));
    EXPECT_EQ(read_whole(real_, directory_ / "a").value(), "first");
    EXPECT_EQ(read_whole(real_, directory_ / "b").value(), "second");
}

TEST_F(SupposedDiskTest, AFileOfTheDiskIsChangedInACopy) {
    auto file = disk_.open(directory_ / "a", Disk::Open::create);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(file.value()->truncate(2).ok());
    EXPECT_EQ(text("a"), "fi");
    EXPECT_EQ(read_whole(real_, directory_ / "a").value(), "first");
    auto other = disk_.open(directory_ / "b", Disk::Open::existing);
    ASSERT_TRUE(other.ok());
    EXPECT_FALSE(other.value()->truncate(0).ok());
    EXPECT_EQ(read_whole(real_, directory_ / "b").value(), "second");
}

}  // namespace
}  // namespace millrace
