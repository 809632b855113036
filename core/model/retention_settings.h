#pragma once
// What becomes of rows that do not come into their table, by the settings of their sink.
//
// See  docs/settings.md, storage.level.staging.*

#include "core/base/time.h"
#include "core/model/settings.h"

namespace millrace {

struct RetentionSettings {
    Milliseconds keep{};         // a file that waits for longer is set aside; 0: none is
    bool deletes = false;        // and then discarded
    bool aside_damaged = false;  // slices that are missing or damaged for a day are set aside

    bool operator==(const RetentionSettings&) const = default;
};

RetentionSettings resolve_retention_settings(const SettingLevels& levels);

}  // namespace millrace
