#pragma once
// inspect_catalog(), inspect_file(): what the catalog of a data folder says, and whether the slices
// that it counts on are on disk as they were sealed. Change nothing, beside a running service too.

#include <string>

#include "api/app/inspection.h"
#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

// Errors  not_found: the folder has no catalog; conflict: of another version; of the database
Result<Inspection> inspect_catalog(const std::string& data_folder);

// One file, and the local files of its slices with their checksums.
// Errors  as above; not_found: no such file
Result<Inspection> inspect_file(Disk& disk, const std::string& data_folder, const std::string& id);

}  // namespace millrace
