#pragma once
// The rejects of a sink: list, retry, delete.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

void add_rejects(Router& router, const Services& services);

}  // namespace millrace::control
