#pragma once
// Flags in the query of a request: ?cascade=true.

#include "api/control/http_message.h"
#include "core/base/result.h"

namespace millrace::control {

// False where it is absent.
// Errors  invalid stream.api.invalidFieldType: neither true nor false
Result<bool> parse_flag(const Request& request, const char* name);

// The flag of a call for which it makes a difference that cannot be taken back: a misspelt one must
// not count as absent. `wait`, which all changes take, may be beside it.
// Errors  as above; invalid stream.api.invalidFieldType: another parameter is there
Result<bool> parse_only_flag(const Request& request, const char* name);

}  // namespace millrace::control
