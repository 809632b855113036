#pragma once
// The volumes of the node: [volumes.NAME] dir = "DIR", --volume NAME=DIR.

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::config {

// The volume that there is without any configuration.
inline constexpr std::string_view kDefaultVolume = "default";

// Name -> directory.
using VolumeDirectories = std::map<std::string, std::string, std::less<>>;

bool is_volume_name(std::string_view text);  // 1 to 32 of [a-z0-9-]

// Errors  invalid: the name is not 1 to 32 of [a-z0-9-], the directory is empty or of another
//         volume; `volumes` is unchanged then
Result<void> assign_volume(std::string_view name, std::string_view directory,
                           VolumeDirectories& volumes);

// The same of "NAME=DIR".
Result<void> assign_volume_pair(std::string_view pair, VolumeDirectories& volumes);

// All volumes, with absolute directories, because they are remembered: kDefaultVolume is in
// <data_dir>/volumes/default unless it is among `configured`.
VolumeDirectories all_volumes(const VolumeDirectories& configured, std::string_view data_dir);

// The directory as the process has it now, whatever it works in later. Of `..`, which may follow a
// link, nothing is taken away.
std::string absolute_directory(const std::string& directory);

}  // namespace millrace::config
