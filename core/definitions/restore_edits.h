#pragma once
// The edits that bring back what was: undelete and rollback.
//
// Thread  the strand of all changes.
// Errors  not_found, conflict; those of the catalog and the target, and then no definition was
//         changed

#include <cstdint>
#include <optional>

#include "core/definitions/changes.h"
#include "core/definitions/edit_context.h"
#include "core/model/version.h"

namespace millrace::definitions {

// A definition that is deleted. Errors  not_found  stream.api.deletedSourceNotFound,
// stream.api.deletedSinkNotFound
Result<Source> load_deleted_source(DefinitionCatalog& catalog, const SourceKey& key);
Result<Sink> load_deleted_sink(DefinitionCatalog& catalog, const SinkKey& key);

// With it come the sinks that were deleted with it; the task's result names those that stay
// deleted. Their tables are made again or compared first.
Result<std::optional<Effect>> undelete_source(EditContext& context, const SourceKey& key,
                                              const Stamp& stamp);
Result<std::optional<Effect>> undelete_sink(EditContext& context, const SinkKey& key,
                                            const Stamp& stamp);

// What the version configured is in force again, as a new version. The secret and whether it is
// disabled stay those of today.
Result<std::optional<Effect>> rollback_source(EditContext& context, const SourceKey& key,
                                              std::uint32_t number, const Stamp& stamp);
// The table is made or compared first.
Result<std::optional<Effect>> rollback_sink(EditContext& context, const SinkKey& key,
                                            std::uint32_t number, const Stamp& stamp);

}  // namespace millrace::definitions
