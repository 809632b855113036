#pragma once
// /v1/branches/{branchId}/aggregation/sources: sources with their sinks, counts and files.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/sink_reports.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct AggregationApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    SinkReports& reports;
    const Journal& journal;
};
void add_aggregation(Router& router, const AggregationApi& api);

}  // namespace millrace::control
