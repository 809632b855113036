#pragma once
// The names in the query of a request: one that there is not is refused, as a misspelt one must not
// count as absent.

#include <span>
#include <string>

#include "api/control/http_message.h"
#include "core/base/result.h"

namespace millrace::control {

// Errors  invalid stream.api.badRequest: one that is none of `known`; the text has it, the known
//         one that is nearest, and all of them
Result<void> check_query_names(const Request& request, std::span<const std::string> known);

}  // namespace millrace::control
