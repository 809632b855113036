#include "api/control/control_events.h"

#include "api/log/log.h"
#include "core/base/shown_text.h"

namespace millrace::control {
namespace {

void log_event(const definitions::TaskFinished& event) {
    const std::int64_t ms = (*event.task.finished_at - event.task.created_at).count();
    if (event.task.status == TaskStatus::success) {
        log::info("task_finished", {{"task", event.task.id}, {"ms", ms}});
    } else {
        log::warn("task_failed", {{"task", event.task.id}, {"ms", ms}, {"cause", event.cause}});
    }
}

void log_event(const definitions::TaskNotSaved& event) {
    log::error("task_result_not_saved",
               {{"task", event.task_id}, {"cause", event.error.operator_text()}});
}

void log_event(const definitions::SinkBroken& event) {
    log::error("sink_broken",
               {{"source", event.source.source.value},
                {"sink", event.sink.value},
                {"cause", std::string(event.problem)},
                {"message", "its source answers 503 until the sink is corrected or disabled"}});
}

void log_event(const definitions::SliceNotRemoved& event) {
    log::warn("slice_not_removed", {{"volume", event.slice.volume.value},
                                    {"slice", to_string(event.slice.slice)},
                                    {"cause", event.error.operator_text()}});
}

}  // namespace

definitions::Events logged_events() {
    const auto write = [](const auto& event) { log_event(event); };
    return {.task_finished = write,
            .task_failed = [](const auto&) {},  // what has finished is told
            .task_not_saved = write,
            .sink_broken = write,
            .slice_not_removed = write};
}

void emit(const RequestFailed& event) {
    log::error("api_request_failed", {{"request", event.request_id},
                                      {"method", std::string(event.method)},
                                      {"path", std::string(shortened(event.path, 200))},
                                      {"cause", event.error.operator_text()}});
}

void emit(const Listening& event) {
    log::info("api_listening",
              {{"host", std::string(event.host)}, {"port", std::int64_t{event.port}}});
}

}  // namespace millrace::control
