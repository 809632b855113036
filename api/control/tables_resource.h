#pragma once
// /v1/branches/{branchId}/tables: the tables that clients load into without a sink.

#include "api/control/router.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "core/definitions/tables.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct TablesApi {
    const Scope& scope;
    definitions::Tables& tables;
    Progress& progress;
};
void add_tables(Router& router, const TablesApi& api);

}  // namespace millrace::control
