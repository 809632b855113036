#include "storage/os/directory_lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "tests/unit/storage/os/scratch_directory.h"

namespace millrace::os {
namespace {

// A child that locks `directory` and then lives until it is killed, by its destructor at the
// latest.
class Holder {
public:
    explicit Holder(const std::string& directory) {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) ADD_FAILURE() << "pipe";
        pid_ = ::fork();
        if (pid_ == 0) {
            const auto lock = DirectoryLock::acquire(directory);
            const char answer = lock.ok() ? 'y' : 'n';
            if (::write(ends[1], &answer, 1) != 1) ::_exit(1);
            for (;;) ::pause();
        }
        char answer = '\0';
        if (::read(ends[0], &answer, 1) != 1 || answer != 'y') ADD_FAILURE() << "no lock";
        ::close(ends[0]);
        ::close(ends[1]);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() { kill(); }

    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }
    pid_t pid() const { return pid_; }

private:
    pid_t pid_ = 0;
};

TEST(DirectoryLockTest, AFolderOfAnotherProcessIsAConflictThatNamesItsPid) {
    const ScratchDirectory scratch;
    const Holder holder(scratch.path());

    const auto lock = DirectoryLock::acquire(scratch.path());
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().code(), Code::conflict);
    EXPECT_EQ(lock.error().client_text(),
              scratch.path() + " is in use by process " + std::to_string(holder.pid()));
}

TEST(DirectoryLockTest, TheLockOfAKilledProcessIsFreeAndItsPidIsReplaced) {
    const ScratchDirectory scratch;
    Holder holder(scratch.path());
    holder.kill();

    const auto lock = DirectoryLock::acquire(scratch.path());
    ASSERT_TRUE(lock.ok());
    std::string pid;
    std::getline(std::ifstream(scratch.path() + "/lock"), pid);
    EXPECT_EQ(pid, std::to_string(::getpid()));
}

TEST(DirectoryLockTest, ALockEndsWithTheObjectAlsoAfterAMove) {
    const ScratchDirectory scratch;
    {
        auto first = DirectoryLock::acquire(scratch.path());
        ASSERT_TRUE(first.ok());
        const DirectoryLock moved = std::move(first).value();
        const auto second = DirectoryLock::acquire(scratch.path());
        ASSERT_FALSE(second.ok());
        EXPECT_EQ(second.error().code(), Code::conflict);
    }
    EXPECT_TRUE(DirectoryLock::acquire(scratch.path()).ok());
}

TEST(DirectoryLockTest, AHolderThatHasNotWrittenHisPidIsAnotherProcess) {
    const ScratchDirectory scratch;
    const Holder holder(scratch.path());
    std::filesystem::resize_file(scratch.path() + "/lock", 0);

    const auto lock = DirectoryLock::acquire(scratch.path());
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().client_text(), scratch.path() + " is in use by another process");
}

TEST(DirectoryLockTest, AMissingFolderIsNotFound) {
    const ScratchDirectory scratch;
    const auto lock = DirectoryLock::acquire(scratch.path() + "/none");
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().code(), Code::not_found);
}

}  // namespace
}  // namespace millrace::os
