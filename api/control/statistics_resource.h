#pragma once
// .../sinks/{sinkId}/statistics/total, /files and /clear, and
// .../sources/{sourceId}/statistics/clear

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_statistics(Router& router, const Services& services);

}  // namespace millrace::control
