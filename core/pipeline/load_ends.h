#pragma once
// LoadEnds: brings loads to their end: prepare, commit, abort, and what a start or time does.
//
// A commit takes the next turn of its table on its volume. Where the table has a key and sinks
// write to it too, those turns have to say what clients saw, so a commit first does as a change of
// settings does:
//
//   1. it asks the journal to close the files of those sinks, which it does in queue order;
//   2. it waits until the catalog knows all of them as closed, so that they have their turns;
//   3. it commits, which takes the next turn.
//
// So rows acknowledged before the commit are imported before the load, and later ones after it. Of
// files on other volumes nothing is said: between volumes there is no order.
//
// While the volume of a load is unknown its commit and abort are refused, kLoadVolumeAway: what it
// has may not be there, or not come back.
//
// Lifetime  the executor must have ended before it goes.
// Thread    any; `done` is called by the caller or on the executor.

#include <functional>
#include <memory>
#include <set>
#include <string_view>

#include "core/base/error_names.h"
#include "core/base/result.h"
#include "core/model/load.h"
#include "core/pipeline/load_writer.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/executor.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

class LoadEnds {
public:
    struct Ports {
        LoadStores stores;
        FileCatalog& lifecycle;
        DefinitionCatalog& definitions;
        Journal& journal;
        Executor& executor;
    };
    using Done = std::function<void(Result<Load>)>;

    explicit LoadEnds(const Ports& ports) : ports_(ports) {}

    // At the start: loads whose writers are gone are aborted, and what they left is removed.
    // What cannot be removed is tried again by tidy() and the next start.
    // Errors  those of the catalog
    Result<void> recover();

    // Now and then: ends and forgets loads whose time is over, and removes their files.
    Result<LoadCatalog::Expired> tidy();

    // Errors  those of LoadCatalog::prepare_load()
    Result<Load> prepare(LoadNumber load);

    // Errors  those of LoadCatalog::commit_load(); overloaded kLoadVolumeAway, and overloaded
    //         kLoadCommitDelayed: the files of sinks are not closed within half a minute. Then
    //         nothing has happened; try again
    void commit(LoadNumber load, Done done);

    // Errors  those of LoadCatalog::abort_load(); overloaded kLoadVolumeAway
    Result<Load> abort(LoadNumber load, std::string_view reason);

private:
    struct Waiting {
        Load load;
        std::set<FileId> files;  // that the catalog does not know as closed
        SteadyTime until;
        Done done;
    };

    Result<Load> require_at_hand(LoadNumber load) const;
    Result<bool> has_key(const Load& load) const;
    Result<bool> writes_to(const SinkVersion& sink, const Load& load) const;
    Result<std::set<FileId>> close_files_of_sinks(const Load& load) const;
    void wait(const std::shared_ptr<Waiting>& waiting);
    Result<void> look(Waiting& waiting) const;
    Result<Load> commit_now(const Load& load) const;

    const Ports ports_;
};

}  // namespace millrace::pipeline
