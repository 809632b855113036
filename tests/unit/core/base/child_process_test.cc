#include "core/base/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

namespace millrace {
namespace {

class ChildProcessTest : public testing::Test {
protected:
    // What a shell writes to its descriptor 5.
    std::string output_of(const std::string& script, ProcessGroup group = ProcessGroup::same) {
        return output_of({"/bin/sh", "-c", script}, 5, group);
    }

    std::string output_of(const std::vector<std::string>& command, int descriptor,
                          ProcessGroup group = ProcessGroup::same) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        const int high = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
        ::close(ends[1]);
        EXPECT_EQ(spawn(command, {{.mine = high, .theirs = descriptor}}, group, pid_), 0);
        ::close(high);
        std::string text;
        std::array<char, 256> piece{};
        for (ssize_t count = 0; (count = ::read(ends[0], piece.data(), piece.size())) > 0;) {
            text.append(piece.data(), static_cast<std::size_t>(count));
        }
        ::close(ends[0]);
        EXPECT_EQ(::waitpid(pid_, nullptr, 0), pid_);
        return text;
    }

    pid_t pid_ = -1;
};

TEST_F(ChildProcessTest, HasTheNullDeviceAndWhatItIsGivenAndNoEnvironment) {
    EXPECT_EQ(output_of("for i in 0 1 2; do at=$(readlink /proc/$$/fd/$i); echo $at >&5; done"),
              "/dev/null\n/dev/null\n/dev/null\n");
    EXPECT_EQ(output_of("echo \"[$HOME$USER$LANG]\" >&5"), "[]\n");
    EXPECT_EQ(output_of("[ -e /proc/$$/fd/20 ] || echo closed >&5"), "closed\n");
}

TEST_F(ChildProcessTest, BlocksNoSignal) {
    sigset_t blocked{};
    sigset_t before{};
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
    // A shell would unblock them itself.
    const auto mask = output_of({"/bin/grep", "SigBlk", "/proc/self/status"}, STDOUT_FILENO);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(mask, "SigBlk:\t0000000000000000\n");
}

TEST_F(ChildProcessTest, HasAGroupOfItsOwnIfThatIsWanted) {
    const std::string group = "read -r _ _ _ _ group _ < /proc/$$/stat; echo $group >&5";
    const auto own = output_of(group, ProcessGroup::own);
    EXPECT_EQ(own, std::to_string(pid_) + "\n");
    EXPECT_EQ(output_of(group), std::to_string(::getpgrp()) + "\n");
}

TEST_F(ChildProcessTest, AProgramThatIsNotThereIsAnError) {
    EXPECT_EQ(spawn({"/no/such/program"}, {}, ProcessGroup::same, pid_), ENOENT);
}

}  // namespace
}  // namespace millrace
