#pragma once
// Stores: the ports that lifecycle steps work on.

#include "core/lifecycle/backends.h"
#include "core/lifecycle/import_limits.h"
#include "core/lifecycle/removal_hold.h"
#include "core/ports/codec.h"
#include "core/ports/coverage_store.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
#include "core/ports/old_files.h"
#include "core/ports/refused_row_store.h"
#include "core/ports/sealed_slices.h"

namespace millrace::lifecycle {

struct Stores {
    FileCatalog& catalog;
    RefusedRowStore& refused;
    DefinitionCatalog& definitions;
    SealedSlices& slices;
    const Stagings& stagings;
    Codec& gzip;
    const Targets& targets;
    const RemovalHold* hold = nullptr;  // null: nobody ever holds it
    // How long targets know of an import; 0: until the catalog has forgotten the file.
    Milliseconds imports_remembered{0};
    OldFiles* old_files = nullptr;  // where that is not 0, or files are not kept for ever

    ImportLimits import_limits = {};
    CoverageStore* coverage = nullptr;  // null: how far sources were read is not kept

    bool may_remove() const { return hold == nullptr || !hold->is_held(); }
};

}  // namespace millrace::lifecycle
