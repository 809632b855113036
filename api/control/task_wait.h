#pragma once
// TaskWait: what becomes of a task, for those who wait for its end.
//
// Thread    any
// Lifetime  its parts must outlive it.

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "api/control/http_message.h"
#include "api/control/rows_progress.h"
#include "api/control/scope.h"
#include "core/base/error.h"
#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/definitions/definition_events.h"
#include "core/ports/definition_catalog.h"

namespace millrace::control {

class TaskWait {
public:
    struct Parts {
        const Scope& scope;
        DefinitionCatalog& catalog;
        Progress& progress;
    };
    explicit TaskWait(const Parts& parts) : parts_(parts) {}

    // `events`, and those who wait hear of the end of tasks.
    definitions::Events with_ends(definitions::Events events);

    // What a change answers that waits for its task: the finished task; the error that it ended
    // with, and the task; or, where the time is over or too many wait already, 202 and the task as
    // it is. Or that it is to be asked again.
    Result<Response> answer_change(const Request& request, Milliseconds wait,
                                   const std::string& task) const;

    // The task, once it has ended or the time is over; whatever it has come to, the answer is 200.
    // Errors  not_found; overloaded: too many wait
    Result<Response> answer_get(const Request& request, Milliseconds wait, const Task& task,
                                std::uint64_t steps_seen) const;

private:
    static constexpr std::size_t kErrorsMax = 256;  // of tasks that ended last

    std::optional<Error> error_of(const std::string& task) const;

    const Parts parts_;
    Guarded<std::deque<std::pair<std::string, Error>>> errors_;
};

}  // namespace millrace::control
