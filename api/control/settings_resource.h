#pragma once
// .../settings of a source and of a sink: GET and PATCH.

#include "api/control/router.h"
#include "api/control/scope.h"
#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/pipeline/volume_acts.h"

namespace millrace::control {

// What it works with; all must outlive the router.
struct SettingsApi {
    const Scope& scope;
    const definitions::EditContext& edits;
    definitions::Changes& changes;
    const pipeline::VolumeActs& volumes;
};
void add_settings(Router& router, const SettingsApi& api);

}  // namespace millrace::control
