#pragma once
// Flush brings what a sink has accepted into its table now, whatever its conditions say.
//
//   1. the journal closes the files of the sink that take rows, in queue order;
//   2. older files that have failed are tried now, and it waits until all of them are imported.
//
// So every row that was accepted before run() is in the table when it is done, but for those of
// files that are set aside. Rows that come meanwhile are in other files, which are not waited for.
//
// Thread    the strand of all changes, which it does not block.
// Lifetime  until the strand is stopped.

#include <cstdint>
#include <functional>
#include <map>
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
        // Tries a file that waits for its next attempt now.
        std::function<void(FileId)> try_now;
    };
    using Done = std::function<void(Result<void>)>;

    explicit Flush(const Ports& ports) : ports_(ports) {}

    // Errors  unavailable, with the reason: a file has failed three times, or once more, is not
    //         imported after five minutes, or a volume that may have rows is not there; those of
    //         the catalog. What was accepted is not lost, and is imported later
    void run(SinkNumber sink, Done done) const;

private:
    struct Progress {
        SinkNumber sink;
        std::set<FileId> files;                         // that are waited for
        std::map<FileId, std::uint32_t> attempts = {};  // of those that had failed before
    };

    Result<std::set<FileId>> closed_files(SinkNumber sink) const;
    // Tries those again that had failed.
    Result<void> try_again(Progress& progress) const;
    Result<bool> look(Progress& progress) const;
    void wait(SinkNumber sink, const Done& done) const;

    const Ports ports_;
};

}  // namespace millrace::accounts
