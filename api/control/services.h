#pragma once
// Services: what the resources of the API work with; owned by ControlPlane.

#include "api/control/changes.h"
#include "api/control/edit_context.h"
#include "api/control/random_text.h"
#include "api/control/reservations.h"
#include "api/control/router.h"
#include "api/control/scope.h"
#include "api/control/tasks.h"
#include "core/ports/clock.h"
#include "core/ports/journal.h"
#include "core/ports/lifecycle_catalog.h"
#include "core/ports/sink_reports.h"
#include "core/ports/token_catalog.h"

namespace millrace::control {

struct Services {
    const Scope& scope;
    DefinitionCatalog& catalog;
    LifecycleCatalog& lifecycle;
    TokenCatalog& tokens;
    SinkReports& reports;
    Journal& journal;
    const Clock& clock;
    RandomText& random;
    TaskRunner& tasks;
    Changes& changes;
    EditContext& edits;
    Reservations& reservations;

    SourceKey source_key(const Call& call) const {
        return {.project = scope.project, .branch = scope.branch, .source = call.path.source};
    }
    SinkKey sink_key(const Call& call) const {
        return {.source = source_key(call), .sink = call.path.sink};
    }
    Stamp stamp(const Call& call) const { return {.at = clock.wall(), .by = call.actor}; }
};

// Starts a task whose work is one edit and its effect; answers 202 with the task. `held` lives as
// long as the task.
Result<Response> start_change(const Services& services, const NewTask& task, Changes::Edit edit,
                              std::shared_ptr<void> held = nullptr);

}  // namespace millrace::control
