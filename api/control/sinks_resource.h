#pragma once
// /v1/branches/{branchId}/sources/{sourceId}/sinks

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/reservations.h"
#include "core/ports/evaluator.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct SinksApi {
    const Scope& scope;
    const definitions::EditContext& edits;
    definitions::Changes& changes;
    definitions::Reservations& reservations;
    Evaluator& evaluator;
};
void add_sinks(Router& router, const SinksApi& api);

}  // namespace millrace::control
