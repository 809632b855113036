#include "core/definitions/restore_edits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_steps.h"
#include "core/definitions/entity_id.h"
#include "core/definitions/versions.h"

namespace millrace::definitions {
namespace {

// A sink that comes back is enabled or disabled as its source has become meanwhile.
void follow_source(Sink& sink, const Source& source, const Stamp& stamp) {
    if (sink.disabled && sink.disabled->with_parent && !source.disabled) sink.disabled.reset();
    if (!sink.disabled && source.disabled) sink.disabled = disabled_with_source(stamp);
}

// What a sink needs before rows may come again: its table, and a mapping with the settings of now.
Result<NewMapping> prepare(EditContext& context, Sink& sink, const Source& source) {
    TRY(ensure_table(context.target, sink.table, sink.columns));
    TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
    return NewMapping{.version = {.sink = sink.number, .mapping = sink.mapping},
                      .snapshot = snapshot_of(sink, source, context.node)};
}

std::string undeleted(const Version& version) {
    return fmt::format("Undeleted to version \"{}\".", version.number);
}

// What a client has to know of a source that came back with fewer sinks than it had once.
std::string left_deleted_text(const std::vector<std::string>& left, bool has_sinks) {
    std::string text;
    if (!left.empty()) {
        text += fmt::format(
            " Sinks that were not deleted with it stay deleted, undelete them by themselves: {}.",
            fmt::join(left, ", "));
    }
    if (!has_sinks) text += " It has no sink: its events are answered 200 and stored nowhere.";
    return text;
}

std::string rolled_back(std::uint32_t number) {
    return fmt::format("Rollback to version \"{}\".", number);
}

}  // namespace

Result<Source> load_deleted_source(DefinitionCatalog& catalog, const SourceKey& key) {
    if (!is_entity_id(key.source.value)) return deleted_source_not_found(key.source);
    TRY_ASSIGN(auto found, catalog.find_source(key));
    if (!found || !found->deleted) return deleted_source_not_found(key.source);
    return *std::move(found);
}

Result<Sink> load_deleted_sink(DefinitionCatalog& catalog, const SinkKey& key) {
    TRY(load_source(catalog, key.source));
    if (!is_entity_id(key.sink.value)) return deleted_sink_not_found(key.sink);
    TRY_ASSIGN(auto found, catalog.find_sink(key));
    if (!found || !found->deleted) return deleted_sink_not_found(key.sink);
    return *std::move(found);
}

Result<std::optional<Effect>> undelete_source(EditContext& context, const SourceKey& key,
                                              const Stamp& stamp) {
    TRY_ASSIGN(auto source, load_deleted_source(context.catalog, key));
    TRY_ASSIGN(const auto page,
               context.catalog.sources(key.project, key.branch, {.after_id = "", .limit = 1}));
    if (page.total_count >= context.definitions.sources)
        return source_limit_reached(context.definitions.sources);
    const auto deleted = source.deleted->stamp;
    source.deleted.reset();
    TRY_ASSIGN(source.version,
               next_version(source, undeleted(source.version), stamp, context.definitions));

    FamilyChange change;
    std::vector<std::string> left;
    TRY_ASSIGN(auto sinks, context.catalog.sinks_with_deleted(key));
    for (auto& sink : sinks) {
        // An earlier life of the source may have left sinks that were deleted with it then.
        if (!sink.deleted || sink.deleted != Deleted{.stamp = deleted, .with_parent = true}) {
            left.push_back(fmt::format("\"{}\"", sink.key.sink.value));
            continue;
        }
        sink.deleted.reset();
        follow_source(sink, source, stamp);
        TRY_ASSIGN(auto mapping, prepare(context, sink, source));
        change.mappings.push_back(std::move(mapping));
        change.closings.push_back({.sink = sink.number, .below = sink.mapping});
        change.sinks.push_back(sink);
    }
    if (context.task) context.task->result += left_deleted_text(left, !change.sinks.empty());
    const Family family{.source = std::move(source), .sinks = change.sinks};
    return save_family(context, family, std::move(change));
}

Result<std::optional<Effect>> undelete_sink(EditContext& context, const SinkKey& key,
                                            const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_deleted_sink(context.catalog, key));
    TRY_ASSIGN(const auto page, context.catalog.sinks(key.source, {.after_id = "", .limit = 1}));
    if (page.total_count >= context.definitions.sinks)
        return sink_limit_reached(context.definitions.sinks);
    sink.deleted.reset();
    follow_source(sink, source, stamp);
    TRY_ASSIGN(sink.version,
               next_version(sink, undeleted(sink.version), stamp, context.definitions));
    TRY_ASSIGN(auto mapping, prepare(context, sink, source));
    return save_sink(context, source, sink, std::move(mapping.snapshot),
                     {{.sink = sink.number, .below = sink.mapping}});
}

Result<std::optional<Effect>> rollback_source(EditContext& context, const SourceKey& key,
                                              std::uint32_t number, const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    TRY_ASSIGN(auto then, context.catalog.find_source_version(key, number));
    if (!then) return source_version_not_found(key.source, number);
    const auto before = family.source;
    auto& source = family.source;
    source.name = std::move(then->name);
    source.description = std::move(then->description);
    source.settings = std::move(then->settings);
    TRY_ASSIGN(source.version,
               next_version(source, rolled_back(number), stamp, context.definitions));
    return save_with_new_settings(context, std::move(family), before);
}

Result<std::optional<Effect>> rollback_sink(EditContext& context, const SinkKey& key,
                                            std::uint32_t number, const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_sink(context.catalog, key));
    TRY_ASSIGN(auto then, context.catalog.find_sink_version(sink.number, number));
    if (!then) return sink_version_not_found(key.sink, number);
    const auto before = snapshot_of(sink, source, context.node);
    sink.name = std::move(then->name);
    sink.description = std::move(then->description);
    sink.table = std::move(then->table);
    sink.columns = std::move(then->columns);
    sink.settings = std::move(then->settings);
    TRY(ensure_table(context.target, sink.table, sink.columns));
    TRY_ASSIGN(sink.version, next_version(sink, rolled_back(number), stamp, context.definitions));
    return save_changed_sink(context, source, std::move(sink), before);
}

}  // namespace millrace::definitions
