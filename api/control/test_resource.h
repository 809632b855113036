#pragma once
// .../sources/{sourceId}/test: what the data plane would make of a request, without keeping it.

#include "api/control/router.h"
#include "core/definitions/random_text.h"
#include "core/definitions/route_builder.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/evaluator.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TestApi {
    DefinitionCatalog& catalog;
    const definitions::RouteBuilder& routes;
    Evaluator& evaluator;
    definitions::RandomText& random;
    const Clock& clock;
};
void add_test(Router& router, const TestApi& api);

}  // namespace millrace::control
