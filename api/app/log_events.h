#pragma once
// What the lifecycle tells, as lines of the log.

#include <functional>

#include "api/control/rows_progress.h"
#include "core/base/ids.h"
#include "core/lifecycle/lifecycle_events.h"

namespace millrace {

// `progress`, which lives longer, hears that rows have moved; `imported` that a file is imported.
lifecycle::LifecycleEvents logged_events(control::Progress& progress,
                                         std::function<void(FileId)> imported);

}  // namespace millrace
