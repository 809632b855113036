#pragma once
// .../sinks/{sinkId}/statistics/total, /files and /clear, and
// .../sources/{sourceId}/statistics/clear

#include "api/control/router.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/sink_reports.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct StatisticsApi {
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    SinkReports& reports;
    const Journal& journal;
    const Clock& clock;
};
void add_statistics(Router& router, const StatisticsApi& api);

}  // namespace millrace::control
