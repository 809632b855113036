#include "core/model/task.h"

namespace millrace {

std::string_view to_string(TaskStatus status) {
    switch (status) {
        case TaskStatus::processing:
            return "processing";
        case TaskStatus::success:
            return "success";
        case TaskStatus::error:
            return "error";
    }
    return "error";
}

std::optional<TaskStatus> task_status_from(std::string_view text) {
    for (const auto status : {TaskStatus::processing, TaskStatus::success, TaskStatus::error}) {
        if (text == to_string(status)) return status;
    }
    return std::nullopt;
}

}  // namespace millrace
