#pragma once
// POST .../sinks/{sinkId}/flush: what the sink has accepted goes to its table now, in a task.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/accounts/flush.h"
#include "core/definitions/tasks.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/reject_store.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct FlushApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    Journal& journal;
    RejectStore& rejects;
    const accounts::Flush& flush;
    definitions::TaskRunner& tasks;
};
void add_flush(Router& router, const FlushApi& api);

}  // namespace millrace::control
