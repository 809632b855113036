#pragma once
// The edits that bring back what was: undelete and rollback.
//
// Thread  the strand of all changes.
// Errors  not_found, conflict; those of the catalog and the target, and then no definition was
//         changed

#include <cstdint>
#include <optional>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/definitions/restored_details.h"
#include "core/model/version.h"

namespace millrace::definitions {

// With it come the sinks that were deleted with it; the task's result names those that stay
// deleted. Their tables are made again or compared first.
Edited undelete(EditContext& context, const SourceKey& key, const Stamp& stamp);
Edited undelete(EditContext& context, const SinkKey& key, const Stamp& stamp);

// What the version configured is in force again, as a new version. The secret and whether it is
// disabled stay those of today; of the secrets among its details `restore` decides.
Edited roll_back(EditContext& context, const SourceKey& key, std::uint32_t number,
                 const RestoreDetails& restore, const Stamp& stamp);
// The table is made or compared first.
Edited roll_back(EditContext& context, const SinkKey& key, std::uint32_t number,
                 const Stamp& stamp);

}  // namespace millrace::definitions
