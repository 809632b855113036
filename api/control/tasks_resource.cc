#include "api/control/tasks_resource.h"

#include "api/control/api_errors.h"
#include "api/control/render.h"

namespace millrace::control {
namespace {

Result<Response> get(const TasksApi& api, const Call& call) {
    TRY_ASSIGN(const auto task, api.catalog.find_task(api.scope.project, call.path.task));
    const bool other_source =
        task && !call.path.source.value.empty() && task->source.source != call.path.source;
    if (!task || other_source) return task_not_found(call.path.task);
    return json_response(200, render_task(*task, api.scope));
}

}  // namespace

void add_tasks(Router& router, const TasksApi& api) {
    const Routes<TasksApi> routes(router, api);
    routes.add("GET", "/v1/tasks/{*taskId}", get);
    routes.add("GET", "/v1/branches/{branchId}/sources/{sourceId}/tasks/{*taskId}", get);
}

}  // namespace millrace::control
