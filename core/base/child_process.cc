#include "core/base/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

namespace millrace {
namespace {

struct SpawnActions {
    SpawnActions() { ::posix_spawn_file_actions_init(&actions); }
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    posix_spawn_file_actions_t actions{};
};

struct SpawnAttributes {
    explicit SpawnAttributes(ProcessGroup group) {
        ::posix_spawnattr_init(&attributes);
        sigset_t none{};
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        const int flags = group == ProcessGroup::own ? POSIX_SPAWN_SETPGROUP : 0;
        ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags | POSIX_SPAWN_SETSIGMASK));
    }
    ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;
    posix_spawnattr_t attributes{};
};

}  // namespace

int spawn(const std::vector<std::string>& command,
          std::initializer_list<GivenDescriptor> descriptors, ProcessGroup group, pid_t& pid) {
    SpawnActions actions;
    for (const int standard : {0, 1, 2}) {
        ::posix_spawn_file_actions_addopen(&actions.actions, standard, "/dev/null", O_RDWR, 0);
    }
    for (const auto& given : descriptors) {
        ::posix_spawn_file_actions_adddup2(&actions.actions, given.mine, given.theirs);
    }
    const SpawnAttributes attributes(group);
    std::vector<char*> arguments;
    for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    char* no_environment[] = {nullptr};
    return ::posix_spawn(&pid, command.front().c_str(), &actions.actions, &attributes.attributes,
                         arguments.data(), no_environment);
}

}  // namespace millrace
