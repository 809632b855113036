#pragma once
// Whether the templates of a new mapping are Jsonnet.

#include <vector>

#include "core/base/result.h"
#include "core/model/column.h"
#include "core/ports/evaluator.h"

namespace millrace::definitions {

// Waits for the evaluator where a template is not compiled.
// Errors  invalid stream.api.badRequest: `Column "x" template is invalid: 1:1-8 Unknown variable:
//         Invalid.` for each wrong one; those of Evaluator::check()
Result<void> check_templates(Evaluator& evaluator, const std::vector<Column>& columns);

}  // namespace millrace::definitions
