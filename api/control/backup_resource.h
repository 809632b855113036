#pragma once
// POST /v1/backup: makes a backup of the installation in a folder of its machine, in a task.

#include <functional>
#include <string>

#include "api/control/resource_parts.h"
#include "core/base/result.h"

namespace millrace::control {

struct BackupWish {
    std::string path;  // not checked
    bool with_targets = false;
    bool with_key_file = false;
};

// Begins it; `done` hears once what was made, in sentences, or why nothing was.
using StartBackup =
    std::function<void(const BackupWish& wish, std::function<void(Result<std::string>)> done)>;

// What it works with must outlive the router.
void add_backup(Router& router, const ResourceParts& parts, StartBackup start);

}  // namespace millrace::control
