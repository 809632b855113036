#pragma once
// What the lifecycle tells, as lines of the log.

#include "api/control/rows_progress.h"
#include "core/lifecycle/lifecycle_events.h"

namespace millrace {

// `progress`, which lives longer, hears that rows have moved.
lifecycle::LifecycleEvents logged_events(control::Progress& progress);

}  // namespace millrace
