#include "core/definitions/edit_context.h"

#include <utility>

#include "core/definitions/definition_errors.h"
#include "core/model/entity_id.h"

namespace millrace::definitions {
namespace {

const PageRequest kCountOnly{.after_id = "", .limit = 1};

// Nothing for what cannot be an id, without asking the catalog.
Result<std::optional<Source>> find(DefinitionCatalog& catalog, const SourceKey& key) {
    if (!is_entity_id(key.source.value)) return std::optional<Source>();
    return catalog.find_source(key);
}

Result<std::optional<Sink>> find(DefinitionCatalog& catalog, const SinkKey& key) {
    if (!is_entity_id(key.sink.value)) return std::optional<Sink>();
    return catalog.find_sink(key);
}

}  // namespace

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

Result<Source> load(DefinitionCatalog& catalog, const SourceKey& key) {
    TRY_ASSIGN(auto found, find(catalog, key));
    if (!found || found->deleted) return source_not_found(key.source);
    return *std::move(found);
}

Result<Sink> load(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY_ASSIGN(auto both, load_with_source(catalog, key));
    return std::move(both.sink);
}

Result<SinkOfSource> load_with_source(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY_ASSIGN(auto source, load(catalog, key.source));
    TRY_ASSIGN(auto found, find(catalog, key));
    if (!found || found->deleted) return sink_not_found(key.sink);
    return SinkOfSource{.source = std::move(source), .sink = *std::move(found)};
}

Result<Source> load_deleted(DefinitionCatalog& catalog, const SourceKey& key) {
    TRY_ASSIGN(auto found, find(catalog, key));
    if (!found || !found->deleted) return deleted_source_not_found(key.source);
    return *std::move(found);
}

Result<Sink> load_deleted(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY_ASSIGN(auto both, load_deleted_with_source(catalog, key));
    return std::move(both.sink);
}

Result<SinkOfSource> load_deleted_with_source(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY_ASSIGN(auto source, load(catalog, key.source));
    TRY_ASSIGN(auto found, find(catalog, key));
    if (!found || !found->deleted) return deleted_sink_not_found(key.sink);
    return SinkOfSource{.source = std::move(source), .sink = *std::move(found)};
}

Result<Source> find_version(DefinitionCatalog& catalog, const Source& source,
                            std::uint32_t number) {
    TRY_ASSIGN(auto found, catalog.find_source_version(source.key, number));
    if (!found) return source_version_not_found(source.key.source, number);
    return *std::move(found);
}

Result<Sink> find_version(DefinitionCatalog& catalog, const Sink& sink, std::uint32_t number) {
    TRY_ASSIGN(auto found, catalog.find_sink_version(sink.number, number));
    if (!found) return sink_version_not_found(sink.key.sink, number);
    return *std::move(found);
}

Result<void> check_limit(const EditContext& context, const SourceKey& key) {
    const auto limit = context.definitions.sources;
    TRY_ASSIGN(const auto page, context.catalog.sources(key.project, key.branch, kCountOnly));
    if (page.total_count >= limit) return source_limit_reached(limit);
    return {};
}

Result<void> check_limit(const EditContext& context, const SinkKey& key) {
    const auto limit = context.definitions.sinks;
    TRY_ASSIGN(const auto page, context.catalog.sinks(key.source, kCountOnly));
    if (page.total_count >= limit) return sink_limit_reached(limit);
    return {};
}

Result<std::optional<Source>> check_can_create(const EditContext& context, const SourceKey& key) {
    TRY_ASSIGN(auto before, context.catalog.find_source(key));
    if (before && !before->deleted) return already_exists(key);
    TRY(check_limit(context, key));
    return before;
}

Result<std::optional<Sink>> check_can_create(const EditContext& context, const SinkKey& key) {
    TRY_ASSIGN(auto before, context.catalog.find_sink(key));
    if (before && !before->deleted) return already_exists(key);
    TRY(check_limit(context, key));
    return before;
}

MappingSnapshot snapshot_of(const Sink& sink, const Source& source, const SettingOverrides& node) {
    return {.sink = sink.key,
            .target = sink.target,
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
