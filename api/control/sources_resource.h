#pragma once
// /v1/branches/{branchId}/sources: create, list, get, delete, disable, enable.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_sources(Router& router, const Services& services);

}  // namespace millrace::control
