#pragma once
// Looks at the start for parts of the data folder that were taken away while others stayed.
//
// Thread  the one that starts the service.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/definition_catalog.h"
#include "core/ports/disk.h"

namespace millrace {

// Before the catalog is opened, which would make a new one. Without its catalog it is unknown which
// sinks the rows in a journal belong to, so that must be a person's decision.
// Errors  conflict: there is no catalog, and a volume in one of `directories` has a journal
Result<void> check_catalog_is_there(Disk& disk, const std::string& catalog_path,
                                    const std::vector<std::string>& directories);

struct MissingBucket {
    std::string bucket;
    std::size_t sinks = 0;  // that write to it and are not disabled
};

struct TargetFolder {
    TargetName target;
    std::string folder;
};
// Buckets of sinks of the target that have no database in its folder.
// Errors  those of the catalog and the disk
Result<std::vector<MissingBucket>> find_missing_buckets(Disk& disk, DefinitionCatalog& catalog,
                                                        const TargetFolder& target);

}  // namespace millrace
