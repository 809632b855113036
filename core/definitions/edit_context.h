#pragma once
// What edits of definitions work with, and what source and sink edits share.
//
// Thread  the strand of all changes: an edit reads, decides and saves with no edit in between.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/definitions/random_text.h"
#include "core/definitions/route_builder.h"
#include "core/lifecycle/backends.h"
#include "core/mapping/source_mapper.h"
#include "core/model/definition_limits.h"
#include "core/model/mapping_snapshot.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/ports/definition_catalog.h"

namespace millrace::definitions {

struct EditContext {
    DefinitionCatalog& catalog;
    const lifecycle::Targets& targets;
    RandomText& random;
    mapping::MappingLimits limits;
    DefinitionLimits definitions;
    const RouteBuilder& routes;
    const SettingOverrides& node;                 // of the configuration
    std::optional<TaskMark> task = std::nullopt;  // whose edit is made; saved with it
};

// A change of settings: each key with its new value, or nothing to inherit again.
struct SettingsPatch {
    std::optional<std::string> description;  // of the new version
    std::vector<std::pair<std::string, std::optional<SettingValue>>> values;
};
SettingOverrides patched(SettingOverrides overrides, const SettingsPatch& patch);

// "source" or "sink".
inline std::string_view noun(const SourceKey&) {
    return "source";
}
inline std::string_view noun(const SinkKey&) {
    return "sink";
}

// A definition that is there and not deleted.
// Errors  not_found
Result<Source> load(DefinitionCatalog& catalog, const SourceKey& key);
Result<Sink> load(DefinitionCatalog& catalog, const SinkKey& key);

// A sink and its source, each read once.
// Errors  not_found
struct SinkOfSource {
    Source source;
    Sink sink;
};
Result<SinkOfSource> load_with_source(DefinitionCatalog& catalog, const SinkKey& key);

// A definition that is deleted, in a source that is not.
// Errors  not_found  stream.api.deletedSourceNotFound, stream.api.deletedSinkNotFound
Result<Source> load_deleted(DefinitionCatalog& catalog, const SourceKey& key);
Result<Sink> load_deleted(DefinitionCatalog& catalog, const SinkKey& key);
Result<SinkOfSource> load_deleted_with_source(DefinitionCatalog& catalog, const SinkKey& key);

// What a version configures.
// Errors  not_found
Result<Source> find_version(DefinitionCatalog& catalog, const Source& source, std::uint32_t number);
Result<Sink> find_version(DefinitionCatalog& catalog, const Sink& sink, std::uint32_t number);

// ok while there may be one more.
// Errors  conflict
Result<void> check_limit(const EditContext& context, const SourceKey& key);
Result<void> check_limit(const EditContext& context, const SinkKey& key);

// The deleted definition that had the key before, if any.
// Errors  conflict: it is there and not deleted, or there may not be one more
Result<std::optional<Source>> check_can_create(const EditContext& context, const SourceKey& key);
Result<std::optional<Sink>> check_can_create(const EditContext& context, const SinkKey& key);

MappingSnapshot snapshot_of(const Sink& sink, const Source& source, const SettingOverrides& node);

// How a sink is disabled by its source.
Disabled disabled_with_source(const Stamp& stamp);

// The version for the next snapshot of the sink.
Result<MappingVersion> next_mapping(DefinitionCatalog& catalog, SinkNumber sink);

}  // namespace millrace::definitions
