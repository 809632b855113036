#pragma once
// The commands `millrace volume ...`, on the data folder of a service that is stopped. Each returns
// what it says on success, which a second run says too.
//
// Errors  conflict, kDataLocked: a service has the folder, and its API does this; not_found: no
//         catalog, or no such volume; those of pipeline::VolumeActs and of the registry

#include <string>

#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

Result<std::string> list_volumes(const config::Command& command);
Result<std::string> rename_volume(const config::Command& command);   // OLD NEW
Result<std::string> retire_volume(const config::Command& command);   // NAME
Result<std::string> give_up_volume(const config::Command& command);  // NAME

}  // namespace millrace
