#pragma once
// .../settings of a source and of a sink: GET and PATCH.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_settings(Router& router, const Services& services);

}  // namespace millrace::control
