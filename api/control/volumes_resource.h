#pragma once
// /v1/volumes: which volumes there are and were, and the two ways to end one.
//
// See  docs/ingest.md, "Volumes"; core/pipeline/volume_acts.h

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

void add_volumes(Router& router, const Services& services);

}  // namespace millrace::control
