#pragma once
// What the control plane tells the operator; each event is one log line with fixed keys.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/model/slice.h"
#include "core/model/source.h"
#include "core/model/task.h"

namespace millrace::control {

struct TaskFinished {
    const Task& task;
    std::string cause;  // the operator's text where it failed
};
void emit(const TaskFinished& event);

struct TaskNotSaved {  // the catalog refused its result; it is tried again
    const std::string& task_id;
    const Error& error;
};
void emit(const TaskNotSaved& event);

struct RequestFailed {  // with a status of 500 or more
    const std::string& request_id;
    std::string_view method;
    std::string_view path;
    const Error& error;
};
void emit(const RequestFailed& event);

struct WrongTokenSent {            // at most one line in a while
    const std::string& client_ip;  // of the last one
    std::uint64_t count;           // since the line before
};
void emit(const WrongTokenSent& event);

struct SinkBroken {  // it cannot be compiled; its source answers 503 until it is corrected
    const SourceKey& source;
    const SinkId& sink;
    std::string_view problem;
};
void emit(const SinkBroken& event);

struct SliceNotRemoved {  // that a retry of rejects left behind; it is tried again
    const LocalSlice& slice;
    const Error& error;
};
void emit(const SliceNotRemoved& event);

struct Listening {
    std::string_view host;
    int port;
};
void emit(const Listening& event);

}  // namespace millrace::control
