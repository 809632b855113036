#include "api/log/accept_log.h"

#include <chrono>

#include "api/log/log.h"

namespace millrace::log {

void AcceptLog::note(const std::string& cause) {
    const auto turn = throttle_.turn(std::chrono::steady_clock::now());
    if (!turn) return;
    log::warn(
        "connections_not_accepted",
        {{"cause", cause}, {"left_out", *turn}, {"message", "see limits.connections, ulimit -n"}});
}

}  // namespace millrace::log
