#pragma once
// Literals of a template that no evaluation can use: Now('%s'), Body('a[*]'). They are found when a
// sink is saved, also in templates that only Jsonnet itself understands.

#include <string_view>

#include "core/base/result.h"

namespace millrace::mapping {

// Looks at calls of Body and Now whose first argument is a literal.
// Errors  invalid: "1:5 Now: ..." with line and column of the call
Result<void> check_template_literals(std::string_view text);

}  // namespace millrace::mapping
