#pragma once
// The steps that edits of sources and sinks are made of.
//
// Thread  the strand of all changes.
// Errors  those of the catalog and the target; where a save fails, nothing was changed

#include <optional>
#include <vector>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"

namespace millrace::definitions {

struct Family {
    Source source;
    std::vector<Sink> sinks;  // that are not deleted
};
// Errors  not_found
Result<Family> load_family(DefinitionCatalog& catalog, const SourceKey& key);

// What of a family is saved, and what follows.
struct FamilyChange {
    std::vector<Sink> sinks = {};  // that changed with their source
    std::vector<Closing> closings = {};
    std::vector<NewMapping> mappings = {};
};

// Saves the source and what changed with it; the route is compiled first, so that nothing can fail
// after.
Edited save_family(EditContext& context, const Family& family, FamilyChange change);

// The same when the settings of the source may be others than `before`: every sink whose settings
// in force change gets a new mapping version.
Edited save_with_new_settings(EditContext& context, Family family, const Source& before);

// Saves a sink of `source`, and the snapshot of its mapping if given. Another one that is broken
// hinders nothing.
// Errors  invalid: this one cannot be compiled
Edited save_sink(EditContext& context, const Source& source, const Sink& sink,
                 const std::optional<MappingSnapshot>& snapshot, std::vector<Closing> closings);

// The same where target, table, columns or settings may be others than `before`: what is in force
// then gets a new mapping version, and the files of the old ones are closed.
Edited save_changed_sink(EditContext& context, const Source& source, Sink sink,
                         const MappingSnapshot& before);

// Makes or compares the table of the sink.
// Errors  conflict; invalid: its target is not configured
Result<void> ensure_table(const EditContext& context, const Sink& sink);

// For a sink that was there before: adds the columns that its table lacks, if its settings allow.
Result<void> adapt_table(const EditContext& context, const Source& source, const Sink& sink);

// Closes all files of the sink, whatever their version.
Result<Closing> close_everything(DefinitionCatalog& catalog, const Sink& sink);

}  // namespace millrace::definitions
