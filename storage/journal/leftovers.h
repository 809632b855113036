#pragma once
// What a crash left half made in the folder of a journal: temporary files of checkpoints and keys.
//
// Their names have a sequence that is never used again, so nothing else would ever remove them.
//
// Thread  the caller's, before anything is written there.

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace::journal {

// Removes them, and no file whose name the journal does not make. Returns the names.
// Errors  of the disk; they cost room and nothing else
Result<std::vector<std::string>> remove_leftovers(Disk& disk, const std::string& directory);

}  // namespace millrace::journal
