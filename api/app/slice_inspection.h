#pragma once
// inspect_slice(): what a slice file is, row by row; of a sealed one beside a running service too.
//
// Format  docs/formats/slice.md

#include <string>

#include "api/app/inspection.h"
#include "core/base/result.h"
#include "core/ports/disk.h"

namespace millrace {

// Errors  those of the disk. A file that is no slice is no error but has a fault
Result<Inspection> inspect_slice(Disk& disk, const std::string& path);

}  // namespace millrace
