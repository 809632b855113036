#pragma once
// Tables: makes, shows and drops the tables that clients load into without a sink.
//
// A table id is one table of one target in its branch: another target for it is refused. Sinks may
// write to the table as well, if their columns are the same.
//
// Thread  any; makes and drops one after the other.

#include <mutex>
#include <vector>

#include "core/base/result.h"
#include "core/lifecycle/backends.h"
#include "core/model/defined_table.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"
#include "core/ports/table_catalog.h"
#include "core/ports/target.h"

namespace millrace::definitions {

class Tables {
public:
    struct Ports {
        TableCatalog& tables;
        LoadCatalog& loads;
        DefinitionCatalog& definitions;
        FileCatalog& lifecycle;
        const Journal& journal;
        const lifecycle::Targets& targets;
    };

    explicit Tables(const Ports& ports) : ports_(ports) {}

    struct Made {
        DefinedTable table;
        bool is_new = false;  // else it was there already, and is equal
    };
    // Makes it in its target and puts it on record; also one that sinks have made.
    // Errors  conflict kApiTableAlreadyExists: it is there and differs, whoever has made it, or the
    //         id is a table of another target;
    //         invalid: its target is not configured, or can have no such table; overloaded
    //         kApiTargetBusy: its target cannot be changed now, nothing has happened
    Result<Made> make(const DefinedTable& wanted);

    // Errors  not_found kApiTableNotFound
    Result<DefinedTable> find(const TableKey& key);
    Result<Page<DefinedTable>> list(ProjectId project, BranchId branch, const PageRequest& page);

    // Rows of a table of the branch: one that was made so, or that a sink writes or wrote to.
    // `target` is where it is; empty: wherever it is.
    // Errors  not_found kApiTableNotFound; invalid: it is in several targets, or as read_rows()
    Result<RowsPage> read_rows(const TableKey& key, const TargetName& target, RowsQuery query);

    // Drops it: an empty one, or any with its rows.
    // Errors  not_found kApiTableNotFound; conflict kApiTableInUse: a sink maps to it, rows of one
    //         wait for it, or a load into it is open or waits; conflict kApiTableNotEmpty;
    //         overloaded kApiTargetBusy: a repeated call goes on
    Result<void> drop(const TableKey& key, bool with_rows);

private:
    // The targets in which a table of the branch has the name.
    Result<std::vector<TargetName>> targets_of(const TableKey& key);
    Result<void> refuse_other_target(const DefinedTable& wanted);
    // Whether sinks have made the table in its target.
    // Errors  conflict kApiTableAlreadyExists: it has other columns
    Result<bool> is_there_by_sinks(const DefinedTable& wanted, Target& target);
    Result<void> refuse_use(const DefinedTable& table);
    Result<void> drop_in_target(const DefinedTable& table, bool with_rows);

    const Ports ports_;
    std::mutex mutex_;
};

}  // namespace millrace::definitions
