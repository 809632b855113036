#pragma once
// VisibleLoads: tells when the rows of a committed load are in their table.
//
// The lifecycle imports the files of loads as it does all others, but at once: a load waits for no
// condition. Who waits here has the lifecycle look for work, and is told by its report of the file.
//
// Lifetime  the executor must have ended before it goes. Waits that it had then are forgotten.
// Thread    any; `done` is called by the caller, by the thread that reports, or on the executor.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "core/base/guarded.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/load.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"

namespace millrace::pipeline {

class VisibleLoads {
public:
    struct Ports {
        // LoadCatalog::is_imported()
        std::function<Result<bool>(const Load& load)> is_imported;
        Executor& executor;
        const Clock& clock;
        std::function<void()> look_for_work;  // the lifecycle; from any thread
    };
    using Done = std::function<void(bool visible)>;

    explicit VisibleLoads(Ports ports) : ports_(std::move(ports)) {}

    // Waits until the rows of a committed load are in their table: true. Or `at_most` that long:
    // false; they come later then.
    void wait(const Load& load, Milliseconds at_most, Done done);

    // The rows of this file are in their table, and the catalog knows it.
    void imported(FileId file);

private:
    struct Waiting {
        SteadyTime until;
        Done done;
    };
    struct State {
        std::uint64_t next = 0;
        std::map<std::pair<FileId, std::uint64_t>, Waiting> waiting;
        bool is_looking = false;  // look() is posted
    };

    void look_later();
    void look();

    const Ports ports_;
    Guarded<State> state_;
};

}  // namespace millrace::pipeline
