#pragma once
// /v1/branches/{branchId}/loads: the loads that there are, and those that have ended not long ago.

#include <functional>
#include <optional>
#include <string>

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/load_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct LoadsApi {
    const Scope& scope;
    LoadCatalog& loads;
    DefinitionCatalog& definitions;
    FileCatalog& files;
    // The beginning of the list of rows that a load has left out; empty: there are no such lists.
    std::function<std::optional<std::string>(LoadNumber)> error_log = {};
};
void add_loads(Router& router, const LoadsApi& api);

// The load that a path names.
// Errors  not_found, kLoadNotFound: there is none of that number in the scope
Result<Load> load_of_path(LoadCatalog& loads, const Scope& scope, const std::string& number);

}  // namespace millrace::control
