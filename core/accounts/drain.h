#pragma once
// Drain waits until the rows that sinks have accepted are in their tables.
//
// Thread    the strand of all changes, which it does not block.
// Lifetime  until the strand is stopped.

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/clock.h"
#include "core/ports/executor.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"

namespace millrace::accounts {

struct WaitingRows {
    SinkNumber sink;
    std::uint64_t rows = 0;
};

class Drain {
public:
    using Done = std::function<void(Result<std::vector<WaitingRows>>)>;
    using Condition = std::function<Result<bool>()>;

    Drain(FileCatalog& lifecycle, const Journal& journal, Executor& strand, const Clock& clock)
        : lifecycle_(lifecycle), journal_(journal), strand_(strand), clock_(clock) {}

    // Calls `done` on the strand when nothing of the sinks is in local or staging storage, but for
    // files that are set aside, or after `at_most` with what is left.
    void wait(const std::vector<SinkNumber>& sinks, Milliseconds at_most, Done done);

    // Calls `done` on the strand when `condition` holds or after `at_most`.
    // Errors  its own
    void wait_until(Condition condition, Milliseconds at_most,
                    std::function<void(Result<void>)> done);

private:
    struct Wait {
        Condition condition;
        SteadyTime deadline;
        std::function<void(Result<void>)> done;
    };

    Result<std::vector<WaitingRows>> count(const std::vector<SinkNumber>& sinks);
    void poll(const std::shared_ptr<const Wait>& wait, Milliseconds pause);

    FileCatalog& lifecycle_;
    const Journal& journal_;
    Executor& strand_;
    const Clock& clock_;
};

}  // namespace millrace::accounts
