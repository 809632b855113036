#include "templates/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <utility>

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

struct SpawnActions {
    SpawnActions() { ::posix_spawn_file_actions_init(&actions); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t actions{};
};

// A process group of its own and no blocked signals: the service blocks those it waits for.
struct SpawnAttributes {
    SpawnAttributes() {
        ::posix_spawnattr_init(&attributes);
        sigset_t none{};
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    posix_spawnattr_t attributes{};
};

int spawn(const WorkerCommand& command, int channel, int progress, pid_t& pid) {
    SpawnActions actions;
    for (const int standard : {0, 1, 2}) {
        ::posix_spawn_file_actions_addopen(&actions.actions, standard, "/dev/null", O_RDWR, 0);
    }
    ::posix_spawn_file_actions_adddup2(&actions.actions, channel, kChannelDescriptor);
    ::posix_spawn_file_actions_adddup2(&actions.actions, progress, kProgressDescriptor);
    const SpawnAttributes attributes;
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    char* no_environment[] = {nullptr};
    return ::posix_spawn(&pid, command.front().c_str(), &actions.actions, &attributes.attributes,
                         arguments.data(), no_environment);
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
    const int failure = duplicated ? spawn(command, channel_end, progress_end, pid) : EMFILE;
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
