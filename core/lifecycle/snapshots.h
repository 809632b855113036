#pragma once
// Snapshots: a cache of mapping snapshots, which never change once written.
//
// Thread  the lifecycle strand; what it hands out may be used anywhere.

#include <memory>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/lifecycle/lifecycle_events.h"
#include "core/model/mapping_snapshot.h"
#include "core/ports/definition_catalog.h"

namespace millrace::lifecycle {

// Shared by the cache and the steps that run.
using SharedSnapshot = std::shared_ptr<const MappingSnapshot>;

class Snapshots {
public:
    Snapshots(DefinitionCatalog& definitions, const LifecycleEvents& events)
        : definitions_(definitions), events_(events) {}

    // Null if the catalog cannot give it now. A failure is told once and asked again after a
    // second, so that a broken catalog is not asked for every open file in every turn.
    SharedSnapshot find(const SinkVersion& version, SteadyTime now);

private:
    struct Entry {
        SharedSnapshot snapshot;
        SteadyTime ask_after;  // while snapshot is null
    };

    DefinitionCatalog& definitions_;
    const LifecycleEvents& events_;
    std::unordered_map<SinkVersion, Entry> entries_;
};

}  // namespace millrace::lifecycle
