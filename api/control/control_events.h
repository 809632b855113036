#pragma once
// What the control plane tells the operator; each event is one log line with fixed keys.

#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/definitions/definition_events.h"

namespace millrace::control {

// Writes what happens to definitions to the log.
definitions::Events logged_events();

struct RequestFailed {  // with a status of 500 or more
    const std::string& request_id;
    std::string_view method;
    std::string_view path;
    const Error& error;
};
void emit(const RequestFailed& event);

struct Listening {
    std::string_view host;
    int port;
};
void emit(const Listening& event);

}  // namespace millrace::control
