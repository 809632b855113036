#pragma once
// A source and its one sink, made or changed in one edit: no record comes between the two.
//
// Thread  the strand of all changes.
// Errors  those of source_edits.h and sink_edits.h; nothing was changed then

#include <functional>
#include <optional>
#include <string>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/definitions/sink_edits.h"
#include "core/model/settings.h"
#include "core/model/source.h"

namespace millrace::definitions {

struct WantedFamily {
    SourceKey key;
    SourceKindName kind;
    std::string name;
    std::string description;
    // The details of its kind before -> after; nothing before: there is no such source, or it is
    // deleted and `deleted` has what it was.
    std::function<Result<std::string>(const std::optional<std::string>& before,
                                      const std::optional<std::string>& deleted)>
        details;
    NewSink sink;
    SettingOverrides sink_settings;  // all that the sink sets
    std::string change_description;  // of new versions of what is there
};

// Makes what is not there, and changes what is. Nothing else of the source and the sink changes,
// and other sinks of the source stay as they are.
Edited put_family(EditContext& context, const WantedFamily& wanted, const Stamp& stamp);

}  // namespace millrace::definitions
