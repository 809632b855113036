#pragma once
// /v1/documentation: the OpenAPI file in its forms, and the page that shows it; for everybody.

#include "api/control/router.h"

namespace millrace::control {

void add_documentation(Router& router);

}  // namespace millrace::control
