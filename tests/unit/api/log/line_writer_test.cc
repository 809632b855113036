#include "api/log/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

namespace millrace::log {
namespace {

// Both ends of a pipe or socket pair: what is written to `in` comes out of `out`.
class Ends {
public:
    static Ends pipe() {
        Ends ends;
        EXPECT_EQ(::pipe2(ends.ends_.data(), O_CLOEXEC), 0);
        return ends;
    }
    static Ends sockets() {
        Ends ends;
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.ends_.data()), 0);
        return ends;
    }
    Ends(Ends&& other) noexcept : ends_(std::exchange(other.ends_, {-1, -1})) {}
    Ends& operator=(Ends&&) = delete;
    ~Ends() {
        for (const int end : ends_) {
            if (end >= 0) ::close(end);
        }
    }

    int in() const { return ends_[1]; }

    // All that is in it.
    std::string drain() {
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        std::string all;
        std::array<char, 65536> buffer{};
        for (;;) {
            const auto count = ::read(ends_[0], buffer.data(), buffer.size());
            if (count <= 0) return all;
            all.append(buffer.data(), static_cast<std::size_t>(count));
        }
    }

private:
    Ends() = default;
    std::array<int, 2> ends_{-1, -1};
};

// Goal    a full pipe or socket never holds the writer; whole lines come out, and lines again after
//         it was read.
// Method  write until a line is refused, which a writer that waits never reaches.
void expect_never_waits(Ends ends, const std::string& line) {
    LineWriter writer(ends.in());
    int taken = 0;
    while (writer.write(line)) ++taken;
    EXPECT_GT(taken, 0);
    EXPECT_FALSE(writer.write(line));
    auto text = ends.drain();
    EXPECT_TRUE(writer.write("last\n"));
    text += ends.drain();

    std::string expected;
    for (int i = 0; i < taken; ++i) expected += line;
    EXPECT_TRUE(text == expected + "last\n")
        << "torn or lost: " << taken << " lines taken, " << text.size() << " bytes came out";
}

TEST(LineWriterTest, AFullPipeIsNotWaitedFor) {
    expect_never_waits(Ends::pipe(), std::string(200, 'x') + "\n");
}

TEST(LineWriterTest, ALineLongerThanAPipeIsNotTorn) {
    expect_never_waits(Ends::pipe(), std::string(50'000, 'x') + "\n");
}

TEST(LineWriterTest, AFullSocketIsNotWaitedFor) {
    expect_never_waits(Ends::sockets(), std::string(3000, 'x') + "\n");
}

TEST(LineWriterTest, OthersWhoSharedThePipeStillWaitForIt) {
    auto ends = Ends::pipe();
    const LineWriter writer(ends.in());
    EXPECT_EQ(::fcntl(ends.in(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(LineWriterTest, AReaderThatHasGoneIsALineThatWasNotWritten) {
    auto ends = Ends::pipe();
    const int in = ::dup(ends.in());
    const auto old_action = ::signal(SIGPIPE, SIG_IGN);
    {
        LineWriter writer(in);
        { const auto gone = std::move(ends); }
        EXPECT_FALSE(writer.write("a\n"));
    }
    ::signal(SIGPIPE, old_action);
    ::close(in);
}

TEST(LineWriterTest, AFileTakesEveryLine) {
    const int file = ::open("/tmp", O_TMPFILE | O_RDWR, 0600);
    ASSERT_GE(file, 0);
    LineWriter writer(file);
    EXPECT_TRUE(writer.write("a\n"));
    EXPECT_TRUE(writer.write("b\n"));
    EXPECT_EQ(::lseek(file, 0, SEEK_END), 4);
    ::close(file);
}

}  // namespace
}  // namespace millrace::log
