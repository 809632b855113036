#pragma once
// /v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger: where every record that the
// sink has accepted is now.

#include "api/control/router.h"
#include "core/pipeline/sink_counters.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/reject_store.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct LedgerApi {
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    RejectStore& rejects;
    const Journal& journal;
    const pipeline::SinkCounterSet& sink_counters;
};
void add_ledger(Router& router, const LedgerApi& api);

}  // namespace millrace::control
