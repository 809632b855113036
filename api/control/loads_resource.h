#pragma once
// /v1/branches/{branchId}/loads: the loads that there are, and those that have ended not long ago.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/load_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct LoadsApi {
    const Scope& scope;
    LoadCatalog& loads;
    DefinitionCatalog& definitions;
};
void add_loads(Router& router, const LoadsApi& api);

}  // namespace millrace::control
