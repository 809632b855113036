#include "storage/os/marked_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "storage/os/posix_disk.h"
#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr FolderMark kMark{.name = "MARK", .text = "not finished\n"};

// The disk of a process that is killed before one of its calls.
class DyingDisk final : public Disk {
public:
    explicit DyingDisk(int calls) : calls_left_(calls) {}

    bool is_dead() const { return calls_left_ < 0; }

    Result<std::unique_ptr<DiskFile>> open(const std::string& path, Open mode) override {
        TRY(live());
        return disk_.open(path, mode);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        TRY(live());
        return disk_.rename(from, to);
    }
    Result<void> remove(const std::string& path) override {
        TRY(live());
        return disk_.remove(path);
    }
    Result<void> make_directories(const std::string& path) override {
        TRY(live());
        return disk_.make_directories(path);
    }
    Result<std::unique_ptr<DiskDirectory>> open_directory(const std::string& path) override {
        TRY(live());
        return disk_.open_directory(path);
    }
    Result<void> sync_directory(const std::string& path) override {
        TRY(live());
        return disk_.sync_directory(path);
    }
    Result<std::vector<std::string>> list(const std::string& path) override {
        TRY(live());
        return disk_.list(path);
    }
    Result<std::uint64_t> free_bytes(const std::string& path) override {
        TRY(live());
        return disk_.free_bytes(path);
    }

private:
    Result<void> live() {
        if (--calls_left_ >= 0) return {};
        return Error(Code::unavailable, "killed");
    }

    PosixDisk disk_;
    int calls_left_;
};

class MarkedFolderTest : public testing::Test {
protected:
    std::string path(const std::string& name) const { return directory_.path() + "/" + name; }

    static void write(const std::string& path) { std::ofstream(path) << "mine"; }

    PosixDisk disk_;
    ScratchDirectory directory_;
};

// Goal    nobody ever sees the folder without its mark, and the next attempt makes it.
// Method  the process is killed before its n-th call of the disk, for n = 0, 1, 2 ...
TEST_F(MarkedFolderTest, AKillLeavesNoFolderOrOneWithItsMark) {
    for (int calls = 0;; ++calls) {
        SCOPED_TRACE(calls);
        const auto folder = path("above/made");
        DyingDisk dying(calls);
        const auto made = make_marked_folder(dying, folder, kMark);
        if (fs::exists(folder)) {
            EXPECT_TRUE(fs::exists(folder + "/MARK"));
        } else {
            EXPECT_FALSE(made.ok());
            EXPECT_TRUE(make_marked_folder(disk_, folder, kMark).ok());
        }
        EXPECT_TRUE(fs::exists(folder + "/MARK"));
        EXPECT_FALSE(fs::exists(folder + ".new"));
        fs::remove_all(path("above"));
        if (!dying.is_dead()) break;
        ASSERT_LT(calls, 20);
    }
}

TEST_F(MarkedFolderTest, AnEmptyFolderThatIsThereGetsTheMarkAndStaysTheSameOne) {
    fs::create_directory(path("empty"));
    fs::permissions(path("empty"), fs::perms::owner_all);
    EXPECT_TRUE(make_marked_folder(disk_, path("empty"), kMark).ok());
    EXPECT_TRUE(fs::exists(path("empty/MARK")));
    EXPECT_EQ(fs::status(path("empty")).permissions(), fs::perms::owner_all);
    EXPECT_FALSE(fs::exists(path("empty.new")));
}

TEST_F(MarkedFolderTest, WhateverItsPathIsSpeltLikeTheNameIsTheSame) {
    for (const auto* name : {"plain", "slash/", "slashes///", "dot/.", "x/../up"}) {
        EXPECT_TRUE(make_marked_folder(disk_, path(name), kMark).ok()) << name;
        EXPECT_TRUE(fs::exists(fs::path(path(name)).lexically_normal() / "MARK")) << name;
    }
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
        EXPECT_NE(entry.path().extension(), ".new") << entry.path();
    }
}

TEST_F(MarkedFolderTest, WhatIsThereIsLeftAlone) {
    fs::create_directories(path("full/sub"));
    fs::create_directories(path("marked"));
    write(path("marked/MARK"));
    write(path("file"));
    fs::create_symlink("nowhere", path("link"));
    for (const auto* name : {"full", "marked", "file", "link"}) {
        const auto made = make_marked_folder(disk_, path(name), kMark);
        ASSERT_FALSE(made.ok()) << name;
        EXPECT_EQ(made.error().code(), Code::conflict) << name;
        EXPECT_THAT(made.error().operator_text(), HasSubstr("is there already")) << name;
    }
    fs::create_directories(path("other.new/sub"));
    const auto made = make_marked_folder(disk_, path("other"), kMark);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::conflict);
    EXPECT_FALSE(fs::exists(path("other")));
    EXPECT_TRUE(fs::exists(path("other.new/sub")));
}

}  // namespace
}  // namespace millrace::os
