#pragma once
// TableCatalog: the tables that clients have made (core/model/defined_table.h).
//
// A table is dropped in steps, so that no load begins while it goes:
//
//   begin_drop() --> its target drops it --> forget_table()
//
// Who repeats that after a crash or an error goes on where it stopped.
//
// Thread   any; readers never wait for writers.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome; the named ones where said

#include <optional>

#include "core/base/result.h"
#include "core/model/defined_table.h"
#include "core/ports/definition_catalog.h"

namespace millrace {

class TableCatalog {
public:
    virtual ~TableCatalog() = default;

    // False, and nothing is changed, if there is one with the key.
    virtual Result<bool> add_table(const DefinedTable& table) = 0;

    virtual Result<std::optional<DefinedTable>> find_table(const TableKey& key) = 0;

    // In order of their ids, bytewise.
    virtual Result<Page<DefinedTable>> tables(ProjectId project, BranchId branch,
                                              const PageRequest& page) = 0;

    // From now on no load into it begins.
    // Errors  not_found; conflict kApiTableInUse: a load into it is not over, or its rows wait
    virtual Result<void> begin_drop(const TableKey& key) = 0;
    // Loads may begin again: it is not dropped after all.
    virtual Result<void> end_drop(const TableKey& key) = 0;
    // Fine if there is none.
    virtual Result<void> forget_table(const TableKey& key) = 0;
};

}  // namespace millrace
