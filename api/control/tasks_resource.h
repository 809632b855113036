#pragma once
// /v1/tasks/{*taskId}, and the same below a source.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_tasks(Router& router, const Services& services);

}  // namespace millrace::control
