#pragma once
// /v1/branches/{branchId}/aggregation/sources: sources with their sinks, counts and files.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_aggregation(Router& router, const Services& services);

}  // namespace millrace::control
