#pragma once
// Changes makes changes of definitions (change.h): as the work of tasks, or while a caller waits.
//
// Thread    any, unless said otherwise. Edits run on the strand of all changes, one at a time.
// Lifetime  Ports must outlive it, and it the strand.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/accounts/drain.h"
#include "core/base/result.h"
#include "core/definitions/change.h"
#include "core/definitions/effect.h"
#include "core/definitions/tasks.h"
#include "core/model/sink.h"
#include "core/ports/definition_catalog.h"

namespace millrace::definitions {

// How long the task of a change that ends sinks waits for their rows.
inline constexpr Milliseconds kDrainAtMost = std::chrono::seconds(10);

class Changes {
public:
    struct Ports {
        const EditContext& edits;
        Journal& journal;
        pipeline::RoutePublisher& routes;
        accounts::Drain& drain;
        TaskRunner& tasks;
        Executor& strand;
        const Clock& clock;
        const Events& events;
    };

    explicit Changes(const Ports& ports) : ports_(ports) {}

    // Starts a task whose work is one change. `held` lives as long as the task.
    // Errors  those of TaskRunner::start()
    Result<Task> start(const NewTask& task, Edit edit, std::shared_ptr<void> held = nullptr);

    // The same for an edit after which its sinks take no more rows. The task ends when the rows
    // they have accepted are in their tables; after kDrainAtMost it ends too, and its result names
    // the rest.
    Result<Task> start_ending(const NewTask& task, Edit edit);

    // Makes the change and returns when it is in effect. Not on the strand.
    // Errors  those of the edit; unavailable: it takes too long, and may yet happen
    Result<void> make_now(Edit edit);

    // The change of a task that is running. On the strand; never waits.
    void make(Edit edit, std::shared_ptr<TaskMark> mark, Change::Done done);

    // Whether a change is published and has not ended: loops may still hand over rows that were
    // mapped as the definitions were before. On the strand.
    bool are_under_way() const { return under_way_ > 0; }

    // At start, before the first task: gives sinks whose settings in force are no longer those of
    // their mapping version a new one (the configuration of the node has changed), publishes the
    // routes of all sources and then closes the files that changes before did not come to close: of
    // older mapping versions, and of sinks that are disabled or deleted.
    // Errors  those of the catalog; `done` is then not called
    Result<void> publish_all(std::function<void()> done);

private:
    void close_stale(const std::vector<Sink>& active, std::function<void()> done);
    // What a task says in its end of rows that are not imported yet.
    std::string left_text(const std::vector<accounts::WaitingRows>& left) const;

    const Ports ports_;
    std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace millrace::definitions
