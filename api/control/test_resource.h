#pragma once
// .../sources/{sourceId}/test: what the data plane would make of a request, without keeping it.

#include <cstddef>
#include <memory>

#include "api/control/router.h"
#include "api/webhooks/source_rules.h"
#include "core/definitions/random_text.h"
#include "core/definitions/route_builder.h"
#include "core/lifecycle/backends.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/evaluator.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TestApi {
    DefinitionCatalog& catalog;
    const definitions::RouteBuilder& routes;
    const lifecycle::Targets& targets;
    Evaluator& evaluator;
    definitions::RandomText& random;
    const Clock& clock;
    std::size_t columns_max;  // of a mapping
};

// What the kind of the source makes of an event before it is mapped; null: nothing.
std::unique_ptr<webhooks::SourceRules> rules_of(const pipeline::SourceRoute& route);

void add_test(Router& router, const TestApi& api);

}  // namespace millrace::control
