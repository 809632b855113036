#pragma once
// What a source may receive a second, by its settings.
//
// See  docs/settings.md, source.http.limit.*

#include <cstdint>

#include "core/model/settings.h"

namespace millrace {

struct RateSettings {
    std::uint64_t records = 0;  // a second; 0 is no limit
    std::uint64_t bytes = 0;    // of bodies, decoded

    bool operator==(const RateSettings&) const = default;
};

RateSettings resolve_rate_settings(const SettingLevels& levels);

}  // namespace millrace
