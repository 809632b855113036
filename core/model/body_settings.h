#pragma once
// How the bodies of a source are read, beside how they are divided (SourceSettings).

#include "core/model/settings.h"

namespace millrace {

struct BodySettings {
    bool text_as_json = true;  // paths and templates read JSON that is declared text/plain

    bool operator==(const BodySettings&) const = default;
};

BodySettings resolve_body_settings(const SettingLevels& levels);

}  // namespace millrace
