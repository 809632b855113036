#pragma once
// /v1/branches/{branchId}/sources

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/purge.h"
#include "core/definitions/reservations.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct SourcesApi {
    const Scope& scope;
    const definitions::EditContext& edits;
    definitions::Changes& changes;
    definitions::Reservations& reservations;
    const definitions::Purge& purge;
};
void add_sources(Router& router, const SourcesApi& api);

}  // namespace millrace::control
