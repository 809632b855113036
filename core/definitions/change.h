#pragma once
// Change: one change of definitions, from its edit until it is in effect.
//
// The order of its steps is the point (docs/ARCHITECTURE.md, "A change of a sink"):
//   1. edit()     checks, compiles and saves the definitions;
//   2. publish()  gives the new route to the data plane;
//   3. close()    when every ingest loop serves it, all rows mapped with the old one are queued at
//                 the journal ahead of
//   4.            closing the files of the old mapping versions, so what was accepted before is
//                 imported;
//   5. end()      then the change is done.
//
// Lifetime  it keeps itself alive until its end. Ports must outlive it.
// Thread    begin() on the strand of all changes, which no step blocks. close() and end() are
//           called on a loop or on the journal's thread.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/definitions/definition_events.h"
#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"

namespace millrace::definitions {

class Change : public std::enable_shared_from_this<Change> {
public:
    struct Ports {
        const EditContext& edits;
        Journal& journal;
        pipeline::RoutePublisher& routes;
        Executor& strand;
        const Clock& clock;
        const Events& events;
        std::atomic<std::size_t>& under_way;  // changes between publish() and end()
    };
    // With the sinks whose files were closed.
    using Done = std::function<void(Result<std::vector<SinkNumber>>)>;

    // `mark`, if given, is of the task whose change this is: the edit may change its texts. Such an
    // edit is tried again for 5 s while it is unavailable, because an import has its table's
    // database locked; other changes go on meanwhile.
    Change(const Ports& ports, Edit edit, std::shared_ptr<TaskMark> mark, Done done);

    void begin() { edit(); }

private:
    void edit();
    void publish();
    void close();
    void end();

    const Ports ports_;
    const Edit edit_;
    const std::shared_ptr<TaskMark> mark_;
    const Done done_;
    const SteadyTime tries_until_;
    Effect effect_;
    std::atomic<std::size_t> open_ = 0;  // closings that the journal has not carried out yet
};

}  // namespace millrace::definitions
