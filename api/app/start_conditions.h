#pragma once
// The conditions of a start: what it wants of the configuration and of what it finds. One list for
// the start, which the first that does not hold refuses, and for `millrace check`, which tells of
// each. Looking at them makes, locks and changes nothing.
//
// A reason to refuse a start belongs here, or `check` does not know it. Those that must be tried
// to be known (ports, the key of the secrets, TLS, backends) are with what tries them.
//
// Thread  the caller's.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/app/kinds.h"
#include "api/config/config.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/volume.h"
#include "core/ports/disk.h"
#include "storage/catalog/installation.h"

namespace millrace {

struct StartCondition {
    std::string what;  // it is about: "volume default", as `check` calls it
    // Errors  one sentence, with the remedy
    std::function<Result<void>()> holds;
};
using StartConditions = std::vector<StartCondition>;

// Those that need no catalog. What is given outlives them.
StartConditions folder_conditions(const config::Config& config, const Kinds& kinds, Disk& disk);

// What the catalog says.
struct CatalogRecords {
    std::optional<catalog::Restored> restored;
    std::vector<VolumeRecord> volumes;
};

// Those of the catalog, beside the other ones. What is given outlives them. A start leaves volumes
// to admit_volumes(), which looks at the same once it has their locks.
enum class Volumes { left_out, looked_at };
StartConditions catalog_conditions(const config::Config& config, Disk& disk,
                                   const CatalogRecords& records, WallTime now, Volumes volumes);

// Errors  those of the first that does not hold
Result<void> require(const StartConditions& conditions);

}  // namespace millrace
