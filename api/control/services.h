#pragma once
// Services: what the resources of the API work with; owned by ControlPlane.

#include "api/control/progress.h"
#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/accounts/drain.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/random_text.h"
#include "core/definitions/reject_retry.h"
#include "core/definitions/reservations.h"
#include "core/definitions/tasks.h"
#include "core/pipeline/sink_counters.h"
#include "core/pipeline/volume_acts.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"
#include "core/ports/lifecycle_catalog.h"
#include "core/ports/reject_store.h"
#include "core/ports/sink_reports.h"
#include "core/ports/token_catalog.h"

namespace millrace::control {

struct Services {
    const Scope& scope;
    DefinitionCatalog& catalog;
    LifecycleCatalog& lifecycle;
    TokenCatalog& tokens;
    SinkReports& reports;
    RejectStore& rejects;
    Journal& journal;
    Evaluator& evaluator;
    const Clock& clock;
    definitions::RandomText& random;
    Executor& strand;
    accounts::Drain& drain;
    definitions::TaskRunner& tasks;
    definitions::Changes& changes;
    definitions::EditContext& edits;
    definitions::Reservations& reservations;
    const definitions::RejectRetry& retry;
    const pipeline::SinkCounterSet& sink_counters;
    Progress& progress;
    pipeline::VolumeActs& volumes;

    SourceKey source_key(const Call& call) const {
        return {.project = scope.project, .branch = scope.branch, .source = call.path.source};
    }
    SinkKey sink_key(const Call& call) const {
        return {.source = source_key(call), .sink = call.path.sink};
    }
    Stamp stamp(const Call& call) const { return {.at = clock.wall(), .by = call.actor}; }
};

using Edit = std::function<Result<std::optional<definitions::Effect>>(definitions::EditContext&)>;

// Starts a task whose work is one edit and its effect; answers 202 with the task. `held` lives as
// long as the task.
Result<Response> start_change(const Services& services, const definitions::NewTask& task, Edit edit,
                              std::shared_ptr<void> held = nullptr);

// The same for an edit after which its sinks take no more rows. The task ends when the rows they
// have accepted are in their tables; after kDrainAtMost it ends too, and its result names the rest.
inline constexpr Milliseconds kDrainAtMost = std::chrono::seconds(10);
Result<Response> start_ending(const Services& services, const definitions::NewTask& task,
                              Edit edit);

// Makes the change and returns when it is in effect. Not on the strand.
// Errors  those of the edit; unavailable: it takes too long, and may yet happen
Result<void> change_now(const Services& services, Edit edit);

// Applies an edit of the task that `mark` is of, whose texts it may change. On the strand. An edit
// that is unavailable, because an import has its table's database locked, is tried again for 5 s
// and does not block the strand meanwhile: it must be good for several calls.
void apply_for_task(const Services& services, const std::shared_ptr<TaskMark>& mark,
                    const Edit& edit, definitions::Changes::Done done);

}  // namespace millrace::control
