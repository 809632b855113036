#include "storage/os/write_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Files are made, and take no byte.
class NoRoom {
public:
    NoRoom() {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &none);
    }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;
    ~NoRoom() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    void (*handler_)(int) = std::signal(SIGXFSZ, SIG_IGN);
    rlimit before_{};
};

TEST(WriteTrial, LeavesNothing) {
    const ScratchDirectory directory;
    EXPECT_TRUE(try_writing(directory.path()).ok());
    EXPECT_TRUE(try_writing(directory.path()).ok());
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(WriteTrial, AFileThatTakesNoBytesIsToldAndGoes) {
    const ScratchDirectory directory;
    const auto tried = [&] {
        const NoRoom no_room;
        return try_writing(directory.path());
    }();
    ASSERT_FALSE(tried.ok());
    EXPECT_EQ(tried.error().code(), Code::unavailable);
    EXPECT_THAT(tried.error().operator_text(),
                HasSubstr(directory.path() + " cannot be written to ("));
    EXPECT_TRUE(fs::is_empty(directory.path()));
}

TEST(WriteTrial, ADirectoryThatIsNotThereOrIsNoneIsTold) {
    const ScratchDirectory directory;
    EXPECT_THAT(try_writing(directory.path() + "/none").error().operator_text(),
                HasSubstr("is its disk mounted?"));
    std::ofstream(directory.path() + "/file") << "x";
    EXPECT_FALSE(try_writing(directory.path() + "/file").ok());
}

}  // namespace
}  // namespace millrace::os
