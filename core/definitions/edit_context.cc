#include "core/definitions/edit_context.h"

#include "core/definitions/definition_errors.h"
#include "core/definitions/entity_id.h"

namespace millrace::definitions {

SettingOverrides patched(SettingOverrides overrides, const SettingsPatch& patch) {
    for (const auto& [key, value] : patch.values) {
        if (value) {
            overrides.insert_or_assign(key, *value);
        } else {
            overrides.erase(key);
        }
    }
    return overrides;
}

Result<Source> load_source(DefinitionCatalog& catalog, const SourceKey& key) {
    if (!is_entity_id(key.source.value)) return source_not_found(key.source);
    TRY_ASSIGN(auto found, catalog.find_source(key));
    if (!found || found->deleted) return source_not_found(key.source);
    return *std::move(found);
}

Result<Sink> load_sink(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY(load_source(catalog, key.source));
    if (!is_entity_id(key.sink.value)) return sink_not_found(key.sink);
    TRY_ASSIGN(auto found, catalog.find_sink(key));
    if (!found || found->deleted) return sink_not_found(key.sink);
    return *std::move(found);
}

MappingSnapshot snapshot_of(const Sink& sink, const Source& source, const SettingOverrides& node) {
    return {.sink = sink.key,
            .table = sink.table,
            .columns = sink.columns,
            .settings =
                resolve_settings({.node = node, .source = source.settings, .sink = sink.settings})};
}

Disabled disabled_with_source(const Stamp& stamp) {
    return {.stamp = stamp, .reason = "Auto-disabled with the parent source.", .with_parent = true};
}

Result<MappingVersion> next_mapping(DefinitionCatalog& catalog, SinkNumber sink) {
    TRY_ASSIGN(const auto newest, catalog.newest_mapping(sink));
    return MappingVersion(newest.value + 1);
}

}  // namespace millrace::definitions
