#include "api/control/tasks_resource.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/wait_request.h"

namespace millrace::control {
namespace {

constexpr std::uint32_t kTasksUsually = 50;
constexpr std::uint32_t kTasksMax = 100;

Result<Response> get(const TasksApi& api, const Call& call) {
    TRY_ASSIGN(const auto wait, parse_wait(call.request));
    const auto steps_seen = api.progress.steps();
    TRY_ASSIGN(const auto task, api.catalog.find_task(api.scope.project, call.path.task));
    const bool other_source =
        task && !call.path.source.value.empty() && task->source.source != call.path.source;
    if (!task || other_source) return task_not_found(call.path.task);
    return api.wait.answer_get(call.request, wait, *task, steps_seen);
}

// Nothing: all.
Result<std::optional<TaskStatus>> parse_status(const Request& request) {
    const auto given = request.query.find("status");
    if (given == request.query.end() || given->second == "all") return std::optional<TaskStatus>();
    const auto status = task_status_from(given->second);
    if (status) return status;
    return Error(Code::invalid,
                 fmt::format("Value of status must be one of \"all\", \"processing\", "
                             "\"success\", \"error\" but got value \"{}\".",
                             shortened(given->second, 60)))
        .named(kInvalidEnumValue);
}

Result<Response> list(const TasksApi& api, const Call& call) {
    TRY_ASSIGN(const auto limit, parse_limit(call.request, kTasksUsually, kTasksMax));
    TRY_ASSIGN(const auto status, parse_status(call.request));
    TRY_ASSIGN(const auto found, api.catalog.newest_tasks(api.scope.project, status, limit));
    auto tasks = OrderedJson::array();
    for (const auto& task : found) {
        auto json = render_task(task, api.scope);
        // A backup is of no source.
        if (const auto& id = task.source.source.value; !id.empty()) json["sourceId"] = id;
        if (task.sink) json["sinkId"] = task.sink->value;
        tasks.push_back(std::move(json));
    }
    return json_response(200,
                         {{"projectId", api.scope.project.value}, {"tasks", std::move(tasks)}});
}

}  // namespace

void add_tasks(Router& router, const TasksApi& api) {
    const Routes<TasksApi> routes(router, api);
    routes.add("GET", "/v1/tasks", list, {"limit", "status"});
    routes.add("GET", "/v1/tasks/{*taskId}", get, {"wait"});
    routes.add("GET", "/v1/branches/{branchId}/sources/{sourceId}/tasks/{*taskId}", get, {"wait"});
}

}  // namespace millrace::control
