#pragma once
// The edits of sinks: each checks again what the request checked, saves, and says what follows.
//
// Thread  the strand of all changes.
// Errors  not_found, conflict; those of the catalog and the target, and then no definition was
// changed

#include <optional>
#include <string>
#include <vector>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/model/version.h"

namespace millrace::definitions {

struct NewSink {
    SinkKey key;
    std::string name;
    std::string description;
    TargetName target;
    TableId table;
    std::vector<Column> columns;
    bool adds_columns = false;         // that its table lacks, if it is there already
    std::vector<Signal> signals = {};  // of an OTLP source only
    SettingOverrides settings = {};
    bool enabled = true;
};

// What a PATCH of a sink changes; what is absent stays.
struct SinkUpdate {
    std::optional<std::string> change_description;  // of the new version
    std::optional<std::string> name;
    std::optional<std::string> description;
    std::optional<TargetName> target;
    std::optional<TableId> table;
    std::optional<std::vector<Column>> columns;  // all of them
    std::optional<std::vector<Signal>> signals;  // all of them
    SettingsPatch settings;                      // its description counts for nothing
};

// The deleted sink that had the key before, if any.
// Errors  those of the overload for the key
inline Result<std::optional<Sink>> check_can_create(const EditContext& context,
                                                    const NewSink& sink) {
    return check_can_create(context, sink.key);
}

// Makes or compares the table first, or adds columns to it. A deleted sink of that id lives again:
// same number and `created`, next version and mapping version. In a disabled source it is born
// disabled with it.
Edited create(EditContext& context, const NewSink& sink, const Stamp& stamp);

// Always makes one version, also where nothing changes: all of the update is in force at once. With
// another target or table or other columns the table is made or compared first, and what waits
// under the old ones is imported at once.
Edited update(EditContext& context, const SinkKey& key, const SinkUpdate& update,
              const Stamp& stamp);

Edited remove(EditContext& context, const SinkKey& key, const Stamp& stamp);

Edited disable(EditContext& context, const SinkKey& key, const Stamp& stamp);

// Acts on sinks that were disabled themselves; those disabled with their source wait for it.
Edited enable(EditContext& context, const SinkKey& key, const Stamp& stamp);

// A change of the settings in force makes a new mapping version, so what waits is imported at once.
Edited patch_settings(EditContext& context, const SinkKey& key, const SettingsPatch& patch,
                      const Stamp& stamp);

}  // namespace millrace::definitions
