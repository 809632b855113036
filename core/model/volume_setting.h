#pragma once
// source.volume: the volume that alone takes the rows of a source.
//
// See  docs/settings.md, source.volume

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/ids.h"
#include "core/model/settings.h"

namespace millrace {

inline constexpr std::string_view kVolumeSetting = "source.volume";

// Its name. Empty: the source is spread as all others.
std::string resolve_volume(const SettingLevels& levels);

// The setting has the name of no volume; `names` are of those that there are. invalid
Error no_such_volume(std::string_view name, const std::vector<std::string>& names);

// Why a volume is not retired: some source has its name. conflict stream.api.volumeInUse
Error volume_is_pinned(std::string_view name, const std::vector<SourceId>& sources);

// "\"a\", \"b\" and 3 more"
std::string few_of(const std::vector<SourceId>& sources);

}  // namespace millrace
