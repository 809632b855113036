#pragma once
// /v1/tasks, /v1/tasks/{*taskId}, and the latter also below a source.

#include "api/control/router.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "api/control/task_wait.h"
#include "core/ports/definition_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TasksApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    const TaskWait& wait;
    const Progress& progress;
};
void add_tasks(Router& router, const TasksApi& api);

}  // namespace millrace::control
