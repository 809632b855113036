#pragma once
// The numbers of tables: of the space of the sinks', as owners of files.

#include "core/base/result.h"
#include "core/model/defined_table.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

struct TableOfBranch {
    ProjectId project;
    BranchId branch;
    TargetTable table;
};

// That of the table; a new one if it has none yet.
Result<SinkNumber> number_of_table(sqlite::Database& database, const TableOfBranch& table);

}  // namespace millrace::catalog
