#pragma once
// What the lifecycle tells, as lines of the log.

#include <functional>

#include "api/control/rows_progress.h"
#include "core/base/ids.h"
#include "core/lifecycle/lifecycle_events.h"

namespace millrace {

// What others do about them.
struct LifecycleReactions {
    std::function<void(FileId)> imported;
    std::function<void(FileId)> set_aside;
    // LifecycleEvents::load_refused
    std::function<bool(const lifecycle::LoadRefused&)> load_refused;
};

// `progress`, which lives longer, hears that rows have moved.
lifecycle::LifecycleEvents logged_events(control::Progress& progress, LifecycleReactions reactions);

}  // namespace millrace
