#pragma once
// The target kind "sqlite": a database for each bucket in a folder, by default in the data folder.

#include "api/app/backend_kinds.h"

namespace millrace {

TargetKind sqlite_target_kind();

}  // namespace millrace
