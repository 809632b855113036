#pragma once
// /v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger: where every record that the
// sink has accepted is now.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_ledger(Router& router, const Services& services);

}  // namespace millrace::control
