#pragma once
// Purge: deletes a source for good, with its sinks, their versions and their tables.
//
// The source is deleted like any other first. When the rows it has accepted are imported, its
// tables, also those that its sinks had before their tableId was changed, are dropped and the
// definitions forgotten. What cannot be dropped is named, and then the source stays deleted as any
// other: it can be undeleted, and purged again. Rows of its sinks that are set aside are not waited
// for: then nothing is deleted. Tables that rows of other sinks still wait for, mapped before those
// sinks were given another table, cannot be, nor those that a load may still be committed to. A
// table that a client has made with POST /tables is not the source's: it is kept.
//
// Thread    start() from any; all else on the strand of all changes.
// Lifetime  Ports must outlive it, and it the strand.

#include <memory>
#include <string>

#include "core/accounts/drain.h"
#include "core/base/result.h"
#include "core/definitions/changes.h"
#include "core/definitions/tasks.h"
#include "core/model/source.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"
#include "core/ports/table_catalog.h"

namespace millrace::definitions {

class Purge {
public:
    struct Ports {
        const EditContext& edits;
        FileCatalog& lifecycle;
        LoadCatalog& loads;
        TableCatalog& tables;
        const Journal& journal;
        accounts::Drain& drain;
        Changes& changes;
        TaskRunner& tasks;
        Executor& strand;
        const Clock& clock;
    };

    explicit Purge(const Ports& ports) : ports_(ports) {}

    // Starts the task. `held` keeps others from bringing the source back as long as the task lives.
    // Errors  conflict, stream.api.volumeFailed: there may be rows that are not known
    Result<Task> start(const SourceKey& source, const Stamp& stamp,
                       std::shared_ptr<void> held) const;

private:
    // One purge under way.
    struct Run {
        SourceKey source;
        std::shared_ptr<TaskMark> mark;
        TaskRunner::Done done;
    };
    struct Remains;

    void wait_for_rows(const Run& run) const;
    void remove_until(const Run& run, SteadyTime until) const;
    Result<std::string> set_aside(const SourceKey& source) const;
    Result<Remains> look(const SourceKey& source) const;
    Result<std::string> remove_everything(const SourceKey& source, bool is_last) const;

    const Ports ports_;
};

}  // namespace millrace::definitions
