#pragma once
// .../sources/{sourceId}/test: what the data plane would make of a request, without keeping it.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_test(Router& router, const Services& services);

}  // namespace millrace::control
