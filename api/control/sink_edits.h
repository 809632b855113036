#pragma once
// The edits of sinks: each checks again what the request checked, saves, and says what follows.
//
// Thread  the strand of all changes.
// Errors  not_found, conflict; those of the catalog and the target, and then no definition was
// changed

#include <optional>
#include <string>
#include <vector>

#include "api/control/changes.h"
#include "api/control/edit_context.h"
#include "core/model/version.h"

namespace millrace::control {

struct NewSink {
    SinkKey key;
    std::string name;
    std::string description;
    TableId table;
    std::vector<Column> columns;
};

// Makes or compares the table first. A deleted sink of that id lives again: same number and
// `created`, next version and mapping version. In a disabled source it is born disabled with it.
Result<std::optional<Effect>> create_sink(EditContext& context, const NewSink& sink,
                                          const Stamp& stamp);

Result<std::optional<Effect>> delete_sink(EditContext& context, const SinkKey& key,
                                          const Stamp& stamp);

Result<std::optional<Effect>> disable_sink(EditContext& context, const SinkKey& key,
                                           const Stamp& stamp);

// Acts on sinks that were disabled themselves; those disabled with their source wait for it.
Result<std::optional<Effect>> enable_sink(EditContext& context, const SinkKey& key,
                                          const Stamp& stamp);

// A change of the settings in force makes a new mapping version, so what waits is imported at once.
Result<std::optional<Effect>> patch_sink_settings(EditContext& context, const SinkKey& key,
                                                  const SettingsPatch& patch, const Stamp& stamp);

}  // namespace millrace::control
