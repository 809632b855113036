#pragma once
// Stores: the ports that lifecycle steps work on.

#include "core/lifecycle/backends.h"
#include "core/ports/codec.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/file_catalog.h"
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
};

}  // namespace millrace::lifecycle
