#pragma once
// inspect_journal(): what is in the journal of a volume, with every checksum verified.
//
// Changes nothing, also beside a running service: frames that it writes meanwhile may be missing,
// and segments that it recycles meanwhile are left out.
//
// Format  docs/formats/journal.md, checkpoint.md, keys.md

#include <string>

#include "api/app/inspection.h"
#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

// `directory` is that of the volume.
// Errors  not_found: it is no volume; those of the disk. Damage is no error
Result<Inspection> inspect_journal(Disk& disk, const std::string& directory);

}  // namespace millrace
