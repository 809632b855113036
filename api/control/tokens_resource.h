#pragma once
// /v1/tokens: the API tokens of the project.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// `services` must outlive the router.
void add_tokens(Router& router, const Services& services);

}  // namespace millrace::control
