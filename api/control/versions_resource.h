#pragma once
// .../versions of a source and of a sink: list, one, and its rollback.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_versions(Router& router, const Services& services);

}  // namespace millrace::control
