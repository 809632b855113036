#pragma once
// Flush brings what a sink has accepted into its table now, whatever its conditions say.
//
//   1. the journal closes the files of the sink that take rows, in queue order;
//   2. it waits until those files, and older ones that wait, are imported.
//
// So every row that was accepted before run() is in the table when it is done, but for those of
// files that are set aside. Rows that come meanwhile are in other files, which are not waited for.
//
// Thread    the strand of all changes, which it does not block.
// Lifetime  until the strand is stopped.

#include <functional>
#include <memory>
#include <set>

#include "core/accounts/drain.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"
#include "core/ports/sink_reports.h"

namespace millrace::accounts {

class Flush {
public:
    struct Ports {
        SinkReports& reports;
        Journal& journal;
        Executor& strand;
        Drain& drain;
    };
    using Done = std::function<void(Result<void>)>;

    explicit Flush(const Ports& ports) : ports_(ports) {}

    // Errors  unavailable, with the reason: a file has failed three times, is not imported after
    //         five minutes, or a volume that may have rows is not there; those of the catalog.
    //         What was accepted is not lost, and is imported later
    void run(SinkNumber sink, Done done) const;

private:
    struct Progress {
        SinkNumber sink;
        std::set<FileId> files;  // that are waited for
    };

    Result<std::set<FileId>> closed_files(SinkNumber sink) const;
    Result<bool> look(Progress& progress) const;
    void wait(SinkNumber sink, const Done& done) const;

    const Ports ports_;
};

}  // namespace millrace::accounts
