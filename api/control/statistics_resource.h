#pragma once
// .../sinks/{sinkId}/statistics/total, /files and /clear, and
// .../sources/{sourceId}/statistics/clear

#include "api/control/router.h"
#include "api/control/services.h"
#include "core/model/statistics.h"

namespace millrace::control {

// `services` must outlive the router.
void add_statistics(Router& router, const Services& services);

// The counts of a sink over all levels: sealed slices as the catalog knows them, and open ones from
// the journal. Errors  those of the catalog
Result<SinkStatistics> total_statistics(LifecycleCatalog& catalog, const Journal& journal,
                                        SinkNumber sink);

}  // namespace millrace::control
