#pragma once
// TaskRunner runs the asynchronous operations of the API, one after the other, and keeps their
// outcome.
//
// Thread   start() from any thread. Work begins on the executor, the one strand of all changes; its
//          `done` may be called from any thread, once.
// Durable  a task is in the catalog before start() returns, and finished there before it counts as
//          finished.
// See      core/model/task.h for the states

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/definitions/definition_events.h"
#include "core/definitions/random_text.h"
#include "core/model/task.h"
#include "core/ports/clock.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/executor.h"

namespace millrace::definitions {

struct NewTask {
    std::string operation;  // "create.source"
    SourceKey source;
    std::optional<SinkId> sink;
    std::string success_text;  // "Source has been created successfully."
};

class TaskRunner {
public:
    using Done = std::function<void(Result<void>)>;
    // The work may change the texts of the mark until it calls `done`. On an error they are of no
    // use, unless mark->error says that the edit was made all the same.
    using Work = std::function<void(const std::shared_ptr<TaskMark>& mark, Done)>;

    TaskRunner(DefinitionCatalog& catalog, Executor& strand, const Clock& clock, RandomText& random,
               const Events& events)
        : catalog_(catalog), strand_(strand), clock_(clock), random_(random), events_(events) {}

    // Saves the task as processing and queues its work.
    // Errors  those of the catalog
    Result<Task> start(const NewTask& task, Work work);

    // At start: ends the tasks of a stopped process whose edits were not saved, and returns the
    // others: they end with end_saved(), when what follows from their edits has happened.
    // Errors  those of the catalog
    Result<std::vector<Task>> recover();
    void end_saved(std::vector<Task> tasks);

    // Forgets tasks that succeeded more than an hour ago and others that ended more than 48 hours
    // ago.
    Result<void> clean_tasks(AgeTime now);

private:
    struct Running {
        Task task;
        std::shared_ptr<TaskMark> mark;
        std::string cause;  // of a failure, for the operator
    };

    void run(const std::shared_ptr<Running>& running, const Work& work);
    void mark_finished(Task& task) const;
    void finish(const std::shared_ptr<Running>& running, const Result<void>& outcome);
    void save(const std::shared_ptr<Running>& running);

    DefinitionCatalog& catalog_;
    Executor& strand_;
    const Clock& clock_;
    RandomText& random_;
    const Events& events_;
};

}  // namespace millrace::definitions
