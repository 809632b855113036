#pragma once
// /v1/branches/{branchId}/receipts/{receipt}: where the rows of an accepted request are.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_receipts(Router& router, const Services& services);

}  // namespace millrace::control
