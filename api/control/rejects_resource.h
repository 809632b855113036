#pragma once
// The rejects of a sink: list, retry, delete.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/reject_retry.h"
#include "core/definitions/tasks.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/reject_store.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct RejectsApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    RejectStore& rejects;
    const definitions::RejectRetry& retry;
    definitions::TaskRunner& tasks;
    const Clock& clock;
};
void add_rejects(Router& router, const RejectsApi& api);

}  // namespace millrace::control
