#include "api/control/events.h"

#include <spdlog/spdlog.h>

#include "api/control/api_errors.h"

namespace millrace::control {

void emit(const TaskFinished& event) {
    const auto took = *event.task.finished_at - event.task.created_at;
    if (event.task.status == TaskStatus::success) {
        spdlog::info("task finished id={} took_ms={}", event.task.id, took.count());
    } else {
        spdlog::warn("task failed id={} took_ms={} cause=\"{}\"", event.task.id, took.count(),
                     event.cause);
    }
}

void emit(const TaskNotSaved& event) {
    spdlog::error("task result not saved id={} cause=\"{}\"", event.task_id,
                  event.error.operator_text());
}

void emit(const RequestFailed& event) {
    spdlog::error("api request failed id={} method={} path=\"{}\" cause=\"{}\"", event.request_id,
                  event.method, shortened(event.path, 200), event.error.operator_text());
}

void emit(const Listening& event) {
    spdlog::info("api listening host={} port={}", event.host, event.port);
}

}  // namespace millrace::control
