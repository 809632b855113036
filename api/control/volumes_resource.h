#pragma once
// /v1/volumes: which volumes there are and were, and the two ways to end one.
//
// See  docs/ingest.md, "Volumes"; core/pipeline/volume_acts.h

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/pipeline/volume_acts.h"
#include "core/ports/clock.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct VolumesApi {
    const Scope& scope;
    pipeline::VolumeActs& volumes;
    const Clock& clock;
};
void add_volumes(Router& router, const VolumesApi& api);

}  // namespace millrace::control
