#pragma once
// WorkerProcess: a template worker as the service sees it.
//
// Lifetime  the destructor kills the worker and what it has forked, and waits for its end.
// Thread    one; the worker dies when the thread that started it ends.

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/result.h"
#include "templates/channel.h"
#include "templates/progress.h"
#include "templates/worker_wire.h"

namespace millrace::templates {

// How to start a process that calls run_worker(): argv, the path of the program first.
using WorkerCommand = std::vector<std::string>;

class WorkerProcess {
public:
    // Starts it and sends `setup`; its answer is still to be received. `give_up` is that of the
    // channel.
    // Errors  unavailable
    static Result<WorkerProcess> start(const WorkerCommand& command, const Setup& setup,
                                       Channel::GiveUp give_up = nullptr);

    WorkerProcess(WorkerProcess&& other) noexcept;
    WorkerProcess& operator=(WorkerProcess&&) = delete;
    ~WorkerProcess();

    Channel& channel() { return channel_; }
    const Progress& progress() const { return progress_; }
    pid_t pid() const { return pid_; }

private:
    WorkerProcess(pid_t pid, Channel channel, Progress progress)
        : pid_(pid), channel_(std::move(channel)), progress_(std::move(progress)) {}

    pid_t pid_;
    Channel channel_;
    Progress progress_;
};

}  // namespace millrace::templates
