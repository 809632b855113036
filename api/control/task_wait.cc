#include "api/control/task_wait.h"

#include <algorithm>

#include "api/control/api_errors.h"
#include "api/control/render.h"
#include "api/control/wait_request.h"
#include "api/http/error_status.h"

namespace millrace::control {
namespace {

// With the text that the task has: who waits for it is one of those it is for.
Response failed_response(const Error& error, const Task& task, const Request& request,
                         const Scope& scope) {
    auto json = render_error(error, request.id);
    json["message"] = task.error;
    json["task"] = render_task(task, scope);
    auto response = json_response(http::status_of(error), json);
    response.headers = error_response(error, request.id).headers;  // when to come again
    return response;
}

}  // namespace

definitions::Events TaskWait::with_ends(definitions::Events events) {
    events.task_failed = [this](const definitions::TaskFailed& event) {
        errors_.with([&](auto& errors) {
            if (errors.size() == kErrorsMax) errors.pop_front();
            errors.emplace_back(event.task_id, event.error);
        });
    };
    events.task_finished =
        [this, told = std::move(events.task_finished)](const definitions::TaskFinished& event) {
            told(event);
            parts_.progress.note();
        };
    return events;
}

std::optional<Error> TaskWait::error_of(const std::string& task) const {
    return errors_.with([&](const auto& errors) -> std::optional<Error> {
        const auto found = std::ranges::find(
            errors, task, [](const auto& entry) -> const auto& { return entry.first; });
        if (found == errors.end()) return std::nullopt;
        return found->second;
    });
}

Result<Response> TaskWait::answer_change(const Request& request, Milliseconds wait,
                                         const std::string& id) const {
    const auto steps_seen = parts_.progress.steps();
    TRY_ASSIGN(const auto task, parts_.catalog.find_task(parts_.scope.project, id));
    if (!task) return task_not_found(id);
    if (task->status == TaskStatus::success) {
        return json_response(200, render_task(*task, parts_.scope));
    }
    if (task->status == TaskStatus::error) {
        const auto error = error_of(id).value_or(Error(Code::conflict, task->error));
        return failed_response(error, *task, request, parts_.scope);
    }
    auto waiting = wait_on(parts_.progress, request, wait, steps_seen);
    if (!waiting.ok() || !waiting.value()) return task_response(*task, parts_.scope);
    waiting.value()->task = id;
    return Response{.waiting = std::move(waiting).value()};
}

Result<Response> TaskWait::answer_get(const Request& request, Milliseconds wait, const Task& task,
                                      std::uint64_t steps_seen) const {
    if (wait > Milliseconds{0} && task.status == TaskStatus::processing) {
        TRY_ASSIGN(auto waiting, wait_on(parts_.progress, request, wait, steps_seen));
        if (waiting) return Response{.waiting = std::move(waiting)};
    }
    return json_response(200, render_task(task, parts_.scope));
}

}  // namespace millrace::control
