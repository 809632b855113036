#pragma once
// Tells systemd, or whoever else has set NOTIFY_SOCKET, how far the service is: `systemctl start`
// ends when records are taken, and not when the process has begun.
//
// See  sd_notify(3), which has this protocol: one datagram of lines NAME=VALUE to the socket

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace millrace {

class ServiceManager {
public:
    // A path; from '@' on a name of Linux' abstract sockets; empty: nobody wants to be told.
    explicit ServiceManager(std::string socket) : socket_(std::move(socket)) {}

    static ServiceManager of_environment();

    bool is_there() const { return !socket_.empty(); }

    // Errors  invalid: the name of the socket is too long, or neither a path nor '@'; unavailable:
    //         nobody reads from it
    Result<void> is_ready() const { return tell("READY=1"); }
    Result<void> is_stopping() const { return tell("STOPPING=1"); }

private:
    Result<void> tell(std::string_view state) const;

    std::string socket_;
};

}  // namespace millrace
