#pragma once
// Stores: the ports that lifecycle steps work on.

#include "core/ports/definition_catalog.h"
#include "core/ports/lifecycle_catalog.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/staging.h"
#include "core/ports/target.h"

namespace millrace::lifecycle {

struct Stores {
    LifecycleCatalog& catalog;
    DefinitionCatalog& definitions;
    SealedSlices& slices;
    Staging& staging;
    Target& target;
};

}  // namespace millrace::lifecycle
