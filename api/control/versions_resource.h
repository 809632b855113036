#pragma once
// .../versions of a source and of a sink: list, one, and its rollback.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct VersionsApi {
    const Scope& scope;
    const definitions::EditContext& edits;
    definitions::Changes& changes;
};
void add_versions(Router& router, const VersionsApi& api);

}  // namespace millrace::control
