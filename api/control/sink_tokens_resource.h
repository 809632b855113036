#pragma once
// /v1/branches/{branchId}/sink-tokens and .../sinks/{sinkId}/token: the roles by which sinks write
// to their targets, without their passwords.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/lifecycle/backends.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/sink_token_store.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct SinkTokensApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    const lifecycle::Targets& targets;
    SinkTokenStore& tokens;
};
void add_sink_tokens(Router& router, const SinkTokensApi& api);

}  // namespace millrace::control
