#pragma once
// .../sources/{sourceId}/requests: the last requests of a source, those that were refused too.

#include "api/control/router.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "core/model/settings.h"
#include "core/pipeline/recent_requests.h"
#include "core/ports/definition_catalog.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct RequestsApi {
    const Scope& scope;
    DefinitionCatalog& catalog;
    const SettingOverrides& node;  // of the configuration
    pipeline::RecentRequests& recent;
    Progress& progress;
};
void add_requests(Router& router, const RequestsApi& api);

}  // namespace millrace::control
