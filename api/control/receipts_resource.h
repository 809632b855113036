#pragma once
// /v1/branches/{branchId}/receipts/{receipt}: where the rows of an accepted request are.

#include <functional>

#include "api/control/router.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct ReceiptsApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    const Journal& journal;
    Progress& progress;
    // Whether a volume is of the installation before a restore. Empty: none is.
    std::function<Result<bool>(const VolumeId& volume)> is_from_before = {};
};
void add_receipts(Router& router, const ReceiptsApi& api);

}  // namespace millrace::control
