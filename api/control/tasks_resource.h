#pragma once
// /v1/tasks/{*taskId}, and the same below a source.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/ports/definition_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TasksApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
};
void add_tasks(Router& router, const TasksApi& api);

}  // namespace millrace::control
