#pragma once
// The steps that edits of sources and sinks are made of.
//
// Thread  the strand of all changes.
// Errors  those of the catalog and the target; where a save fails, nothing was changed

#include <optional>
#include <utility>
#include <vector>

#include "core/definitions/edit_context.h"
#include "core/definitions/effect.h"
#include "core/ports/sink_access.h"

namespace millrace::definitions {

struct Family {
    Source source;
    std::vector<Sink> sinks;  // that are not deleted
};
// Errors  not_found
Result<Family> load_family(DefinitionCatalog& catalog, const SourceKey& key);

// What of a source and its sinks is saved, and what follows.
struct FamilyChange {
    bool of_source = false;  // the source is saved too
    bool is_served = true;   // the ingest loops have to know
    std::vector<Sink> sinks = {};
    std::vector<NewMapping> mappings = {};
    std::vector<Closing> closings = {};
    // Sinks that have left a target: their access to it is taken away after the save, as is that of
    // sinks that are deleted.
    std::vector<std::pair<TargetName, SinkNumber>> left = {};
};

// Saves what changed of `source` and its sinks; the route is compiled first, so that nothing can
// fail after.
// Errors  invalid: a sink that changes by itself cannot be compiled. One that changes with its
//         source, or not at all, hinders nothing: the route names it.
Edited save(EditContext& context, const Source& source, FamilyChange change);

// Gives the sink a new mapping version with what is in force now, and closes the files of the
// older ones. The sink itself is still to be added to the change.
Result<void> add_mapping(EditContext& context, const Source& source, Sink& sink,
                         FamilyChange& change);

// The same where target, table, columns or settings in force are others than `before`. Returns
// whether they are.
Result<bool> add_changed_mapping(EditContext& context, const Source& source, Sink& sink,
                                 const MappingSnapshot& before, FamilyChange& change);

// What changes with a source whose settings may be others than `before`: every sink whose settings
// in force change gets a new mapping version.
Result<FamilyChange> change_of_settings(EditContext& context, Family& family, const Source& before);

// What changes of a sink that may be mapped otherwise than `before`. If it is not, no loop has to
// know.
Result<FamilyChange> change_of_sink(EditContext& context, const Source& source, Sink sink,
                                    const MappingSnapshot& before);

// Makes or compares the table of the sink.
// Errors  conflict; invalid: its target is not configured
Result<void> ensure_table(const EditContext& context, const Sink& sink);

// Of a new sink that adds no columns, with how it would.
Result<void> ensure_table_of_new(const EditContext& context, const Sink& sink);

// For a sink that was there before, or asks for it: adds the columns that its table lacks, if its
// settings allow.
Result<void> adapt_table(const EditContext& context, const Source& source, const Sink& sink);

// Lets the sink write to its table by a role of its own, where its target has such. After its table
// was made.
Result<void> give_access(const EditContext& context, const Sink& sink, Renewal renewal);

// The same where the sink has another target or table than `before`.
Result<void> follow_access(const EditContext& context, const Sink& sink,
                           const MappingSnapshot& before);

// A new password before the next import; the target may be away.
Result<void> renew_access_later(const EditContext& context, const Sink& sink);

// Closes all files of the sink, whatever their version.
Result<Closing> close_everything(DefinitionCatalog& catalog, const Sink& sink);

}  // namespace millrace::definitions
