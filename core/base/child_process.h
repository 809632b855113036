#pragma once
// spawn(): starts a program that knows nothing of this one but its arguments.
//
// It has the null device as standard input, output and error, the descriptors that it is given, no
// environment and no blocked signal: this process blocks the signals that it waits for.
//
// Thread  any.
// See     posix_spawn(3)

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace millrace {

// `mine` is `theirs` in the child. Give descriptors of this process that are above all of `theirs`:
// one that is laid over another one takes it away.
struct GivenDescriptor {
    int mine = -1;
    int theirs = -1;
};

enum class ProcessGroup { same, own };  // `own`: a signal to -pid ends its children too

// `command` is the path of the program and its arguments. Returns errno; 0: `pid` is the child's.
int spawn(const std::vector<std::string>& command,
          std::initializer_list<GivenDescriptor> descriptors, ProcessGroup group, pid_t& pid);

}  // namespace millrace
