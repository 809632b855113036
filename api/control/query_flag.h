#pragma once
// Flags in the query of a request: ?cascade=true.

#include "api/control/http_message.h"
#include "core/base/result.h"

namespace millrace::control {

// False where it is absent.
// Errors  invalid stream.api.invalidFieldType: neither true nor false
Result<bool> parse_flag(const Request& request, const char* name);

}  // namespace millrace::control
