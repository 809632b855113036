#include "api/control/tasks_resource.h"

#include "api/control/api_errors.h"
#include "api/control/render.h"

namespace millrace::control {
namespace {

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto task, services.catalog.find_task(services.scope.project, call.path.task));
    const bool other_source =
        task && !call.path.source.value.empty() && task->source.source != call.path.source;
    if (!task || other_source) return task_not_found(call.path.task);
    return json_response(200, render_task(*task, services.scope));
}

}  // namespace

void add_tasks(Router& router, const Services& services) {
    for (const auto* pattern :
         {"/v1/tasks/{*taskId}", "/v1/branches/{branchId}/sources/{sourceId}/tasks/{*taskId}"}) {
        router.add("GET", pattern, Access::token,
                   [&services](const Call& call) { return get(services, call); });
    }
}

}  // namespace millrace::control
