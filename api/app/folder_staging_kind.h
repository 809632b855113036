#pragma once
// The staging kind "folder": files below a folder, by default in the data folder.

#include "api/app/backend_kinds.h"

namespace millrace {

StagingKind folder_staging_kind();

}  // namespace millrace
