#pragma once
// The values of templates for callers that may wait, as requests of the REST API do.

#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/pipeline/source_route.h"
#include "core/ports/evaluator.h"
#include "core/ports/rng.h"

namespace millrace::definitions {

// Those of the route's templates that are not compiled, for one record; waits for them.
// Errors  those of Evaluator::submit(); unavailable: it takes too long
Result<TemplateBatch::Values> evaluate_templates(const Record& record,
                                                 const pipeline::SourceRoute& route, Rng& rng,
                                                 Evaluator& evaluator);

}  // namespace millrace::definitions
