#pragma once
// Whether the last requests of a source are kept in memory, for those who look what comes in.
//
// See  docs/settings.md, source.recentRequests

#include "core/model/settings.h"

namespace millrace {

bool resolve_recent_requests(const SettingLevels& levels);

}  // namespace millrace
