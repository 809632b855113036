#pragma once
// /v1/overview and /v1/service: how the service is, in one call each, and what it was set up with.
//
// An overview costs what waits and how many sinks there are, never what was imported; it is kept
// for a second, so that many who look cost as much as one.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "api/control/service_facts.h"
#include "core/accounts/traffic_series.h"
#include "core/pipeline/volume_acts.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"
#include "core/ports/overview_reports.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct OverviewApi {
    const Scope& scope;
    const ServiceFacts& facts;
    const accounts::TrafficSeries& traffic;
    DefinitionCatalog& catalog;
    FileCatalog& lifecycle;
    LoadCatalog& loads;
    OverviewReports& reports;
    const Journal& journal;
    const pipeline::VolumeActs& volumes;
    const Clock& clock;
};
void add_overview(Router& router, const OverviewApi& api);

}  // namespace millrace::control
