#pragma once
// Events: what the operator is told of changes; who owns the definitions writes them to the log.
//
// Thread  the callbacks are called on the strand of all changes, and on its caller's at the start.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/model/slice.h"
#include "core/model/source.h"
#include "core/model/task.h"

namespace millrace::definitions {

struct TaskFinished {
    const Task& task;
    std::string cause;  // the operator's text where it failed
};

struct TaskFailed {  // before that is on record, so who reads it there can be told of the error
    const std::string& task_id;
    const Error& error;
};

struct TaskNotSaved {  // the catalog refused its result; it is tried again
    const std::string& task_id;
    const Error& error;
};

struct SinkBroken {  // it cannot be compiled; its source answers 503 until it is corrected
    const SourceKey& source;
    const SinkId& sink;
    std::string_view problem;
};

struct SliceNotRemoved {  // that a retry of rejects left behind; it is tried again
    const LocalSlice& slice;
    const Error& error;
};

struct Events {
    std::function<void(const TaskFinished&)> task_finished = [](const auto&) {};
    std::function<void(const TaskFailed&)> task_failed = [](const auto&) {};
    std::function<void(const TaskNotSaved&)> task_not_saved = [](const auto&) {};
    std::function<void(const SinkBroken&)> sink_broken = [](const auto&) {};
    std::function<void(const SliceNotRemoved&)> slice_not_removed = [](const auto&) {};
};

}  // namespace millrace::definitions
