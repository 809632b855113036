#pragma once
// Task: an asynchronous control-plane operation that a client can poll.
//
//   processing --> success | error

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/model/sink.h"
#include "core/model/source.h"

namespace millrace {

enum class TaskStatus { processing, success, error };

std::string_view to_string(TaskStatus status);
std::optional<TaskStatus> task_status_from(std::string_view text);

struct Task {
    std::string id;    // "api.create.source/1/my-source/2026-01-02T03:04:05.678Z_abcde"
    std::string type;  // "api.create.source"
    SourceKey source;
    std::optional<SinkId> sink;
    TaskStatus status = TaskStatus::processing;
    WallTime created_at;
    std::optional<WallTime> finished_at;
    std::optional<AgeTime> finished_age;  // the same moment, for forgetting it
    std::string result;                   // on success: "Source has been created successfully."
    std::string error;                    // on error: the client's text
};

}  // namespace millrace
