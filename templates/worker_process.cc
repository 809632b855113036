#include "templates/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

#include "core/base/child_process.h"
#include "templates/worker.h"

namespace millrace::templates {
namespace {

constexpr Milliseconds kSetupTime{30'000};
// Above the descriptors that the worker gets: duplicating one never overwrites another.
constexpr int kFirstFreeDescriptor = 16;

Error cannot_start(int failure) {
    return Error(Code::unavailable,
                 fmt::format("cannot start a template worker: {}", std::strerror(failure)));
}

}  // namespace

Result<WorkerProcess> WorkerProcess::start(const WorkerCommand& command, const Setup& setup,
                                           Channel::GiveUp give_up) {
    TRY_ASSIGN(auto progress, Progress::create());
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return cannot_start(errno);
    }
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    Channel channel(ends[0], std::move(give_up));
    const int channel_end = ::fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
    ::close(ends[1]);
    const int progress_end = ::fcntl(progress.descriptor(), F_DUPFD_CLOEXEC, kFirstFreeDescriptor);
    pid_t pid = -1;
    const bool duplicated = channel_end >= 0 && progress_end >= 0;
    const int failure = duplicated ? spawn(command,
                                           {{.mine = channel_end, .theirs = kChannelDescriptor},
                                            {.mine = progress_end, .theirs = kProgressDescriptor}},
                                           ProcessGroup::own, pid)
                                   : EMFILE;
    if (channel_end >= 0) ::close(channel_end);
    if (progress_end >= 0) ::close(progress_end);
    progress.forget_descriptor();
    if (failure != 0) return cannot_start(failure);

    WorkerProcess worker(pid, std::move(channel), std::move(progress));
    TRY(worker.channel().send(FrameKind::setup, encode(setup), kSetupTime));
    return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      channel_(std::move(other.channel_)),
      progress_(std::move(other.progress_)) {}

WorkerProcess::~WorkerProcess() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

}  // namespace millrace::templates
