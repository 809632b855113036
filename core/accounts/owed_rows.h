#pragma once
// Rows that were accepted and are not in their table yet.
//
// Their table is that of the mapping that they were mapped with, whatever their sink is now: as
// long as one waits, its table must stay, or the file fails for ever and holds up all later ones of
// its sink. Rows that are set aside may be restored, so they are owed too.

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/model/sink.h"
#include "core/model/target_table.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/load_catalog.h"

namespace millrace::accounts {

struct OwedRows {
    SinkKey sink;
    TargetTable table;
    std::uint64_t rows = 0;  // may be 0: an empty slice needs its table too
};

// Of all sinks, also those that are forgotten, and of loads that are not aborted, also those whose
// commit may still come. A slice that is sealed meanwhile may be counted
// twice; none is missing. Rows that are handed to the journal and are in no frame yet are.
// Errors  those of the catalog
Result<std::vector<OwedRows>> read_owed_rows(DefinitionCatalog& definitions, FileCatalog& lifecycle,
                                             LoadCatalog& loads, const Journal& journal);

}  // namespace millrace::accounts
