#pragma once
// plan_settings(): which settings of a source or sink are to be set, and how that differs from what
// it has.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/actual_definitions.h"
#include "api/cli/definition_file.h"
#include "api/cli/definition_plan.h"
#include "api/cli/line_mistakes.h"
#include "core/model/settings.h"

namespace millrace::cli {

// Which settings there are.
struct SettingsScope {
    std::string_view owner;                // "source" or "sink", as the service names the origin
    std::span<const SettingSpec> of_kind;  // beside the general ones
    // How further ones begin, of a kind of source whose settings are known to the service alone.
    std::string others = {};
};

struct SettingsChange {
    Json patch = Json::array();  // [{key, value}], of those that differ
    std::vector<Difference> differences;
};

// `entity` is null of what is not there yet. Adds a mistake for keys that there are not, protected
// ones, and values that a setting cannot have: nothing is made before all of them are right.
SettingsChange plan_settings(const WantedEntity& wanted, const ActualEntity* entity,
                             const SettingsScope& scope, LineMistakes& mistakes);

// Takes those out by which less is taken than before: what is to be in force only when the sinks
// are as they shall be.
SettingsChange take_strict(SettingsChange& settings);

// Takes that one out by which nobody may add columns to a table.
SettingsChange take_refusing_columns(SettingsChange& settings);

}  // namespace millrace::cli
