#pragma once
// VisibleLoads: tells when the rows of a committed load are in their table.
//
// The lifecycle imports the files of loads as it does all others, but at once: a load waits for no
// condition. Who waits here has the lifecycle look for work, and is told by its report of the file.
//
// A commit of which nobody has heard yet can be taken back: so a load whose table refuses one of
// its rows is aborted where all who wait for it agree, and else keeps what it has said: its file is
// set aside, and nobody waits for it any longer.
//
// Lifetime  the executor must have ended before it goes. Waits that it had then are forgotten.
// Thread    any; `done` is called by the caller, by the thread that reports, or on the executor.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

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
    // as_others: who asks what becomes of a load that another one waits for.
    enum class IfRefused { stays_committed, is_aborted, as_others };

    explicit VisibleLoads(Ports ports) : ports_(std::move(ports)) {}

    // Waits until the rows of a committed load are in their table: true. Or `at_most` that long:
    // false; they come later then. With is_aborted nobody has been told of the commit; after false
    // the load may be aborted.
    void wait(const Load& load, Milliseconds at_most, Done done,
              IfRefused if_refused = IfRefused::stays_committed);

    // The rows of this file are in their table, and the catalog knows it.
    void imported(FileId file);

    // The table refuses a row of this file. If somebody waits for it who lets it be aborted, and
    // nobody else does not, `abort` is called, and then they hear false. Returns what it has
    // returned, else false.
    bool refused(FileId file, const std::function<bool()>& abort);

    // The file is set aside: its rows do not come by themselves. Who waits hears false.
    void set_aside(FileId file);

    // No wait lasts longer, those to come neither: the service stops.
    void end_by(SteadyTime latest);

private:
    struct Waiting {
        SteadyTime until;
        Done done;
        IfRefused if_refused = IfRefused::stays_committed;
    };
    struct State {
        std::uint64_t next = 0;
        std::map<std::pair<FileId, std::uint64_t>, Waiting> waiting;
        std::optional<SteadyTime> latest;  // see end_by()
        bool is_looking = false;           // look() is posted
    };

    template <typename Agree>
    std::vector<Done> take(FileId file, Agree agree);
    void tell(FileId file, bool visible);
    void look_later();
    void look();

    const Ports ports_;
    Guarded<State> state_;
};

}  // namespace millrace::pipeline
