#pragma once
// What a template worker does to itself before it runs the code of users.
//
// Thread  one, the only one of the process. All is inherited by processes that are forked later.
// Errors  the functions end the process where the kernel refuses: no worker is better than an open
//         one.

#include <cstdint>

#include "core/base/time.h"

namespace millrace::templates {

// How a process of a worker ends; any other way but SIGKILL is Death::crash.
enum class WorkerExit : int {
    done = 0,  // another process may go on
    time = 40,
    memory = 41,
    stack = 42,
    closed = 43,   // the service has closed the channel
    refused = 44,  // the kernel has refused something
};
[[noreturn]] void exit_worker(WorkerExit how);

// Whether the limit on memory and the filter of system calls are in force: not under sanitizers,
// which need more of both.
extern const bool kIsConfined;

// Ends with its parent, keeps no descriptor from `first_closed` on, leaves no core dump, is the
// first that the kernel kills when memory ends, and gives way by `niceness`.
void detach_from_service(int first_closed, int niceness);

// Dies when its parent does.
void die_with_parent();

// From now on the process may map `more_bytes` more than it has; beyond it ends by `memory`. A full
// stack ends it by `stack`, time that is up by `time`.
void limit_memory(std::uint64_t more_bytes);
void catch_full_stack();
void catch_time();

// From now on the process may use so much of a processor; zero: no limit.
void limit_time(Milliseconds time);

// Only what computing, reading and writing needs is left of the system calls; any other ends it.
void filter_system_calls();

}  // namespace millrace::templates
