#include "core/definitions/edit_steps.h"

#include <utility>

#include "core/definitions/route_builder.h"
#include "core/model/table_settings.h"

namespace millrace::definitions {

Result<Family> load_family(DefinitionCatalog& catalog, const SourceKey& key) {
    TRY_ASSIGN(auto source, load(catalog, key));
    TRY_ASSIGN(auto sinks, catalog.all_sinks(key));
    return Family{.source = std::move(source), .sinks = std::move(sinks)};
}

Edited save_family(EditContext& context, const Family& family, FamilyChange change) {
    Effect effect{
        .source = family.source.key, .route = nullptr, .closings = std::move(change.closings)};
    if (!family.source.deleted) {
        TRY_ASSIGN(effect.route, context.routes.build(family.source, family.sinks));
    }
    TRY(context.catalog.save({.source = family.source,
                              .sinks = std::move(change.sinks),
                              .mappings = std::move(change.mappings),
                              .task = context.task}));
    return std::optional(std::move(effect));
}

Edited save_with_new_settings(EditContext& context, Family family, const Source& before) {
    FamilyChange change;
    for (auto& sink : family.sinks) {
        const auto snapshot = snapshot_of(sink, family.source, context.node);
        if (snapshot == snapshot_of(sink, before, context.node)) continue;
        TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
        change.mappings.push_back({{.sink = sink.number, .mapping = sink.mapping}, snapshot});
        change.sinks.push_back(sink);
        change.closings.push_back({.sink = sink.number, .below = sink.mapping});
    }
    return save_family(context, family, std::move(change));
}

Edited save_sink(EditContext& context, const Source& source, const Sink& sink,
                 const std::optional<MappingSnapshot>& snapshot, std::vector<Closing> closings) {
    if (sink.is_active()) TRY(context.routes.check(sink.columns));
    TRY_ASSIGN(auto sinks, context.catalog.all_sinks(source.key));
    std::erase_if(sinks, [&](const Sink& other) { return other.key == sink.key; });
    sinks.push_back(sink);
    TRY_ASSIGN(auto route, context.routes.build(source, sinks));
    DefinitionEdit edit{.source = {}, .sinks = {sink}, .mappings = {}, .task = context.task};
    if (snapshot) {
        edit.mappings.push_back({{.sink = sink.number, .mapping = sink.mapping}, *snapshot});
    }
    TRY(context.catalog.save(edit));
    return std::optional(
        Effect{.source = source.key, .route = std::move(route), .closings = std::move(closings)});
}

Edited save_changed_sink(EditContext& context, const Source& source, Sink sink,
                         const MappingSnapshot& before) {
    const auto snapshot = snapshot_of(sink, source, context.node);
    if (snapshot == before) {
        TRY(context.catalog.save(
            {.source = {}, .sinks = {sink}, .mappings = {}, .task = context.task}));
        return std::optional<Effect>();
    }
    TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
    return save_sink(context, source, sink, snapshot,
                     {{.sink = sink.number, .below = sink.mapping}});
}

Result<void> ensure_table(const EditContext& context, const Sink& sink) {
    TRY_ASSIGN(auto* const target, context.targets.at(sink.target));
    return target->ensure_table(table_spec(sink.table, sink.columns));
}

Result<void> adapt_table(const EditContext& context, const Source& source, const Sink& sink) {
    const SettingLevels levels{
        .node = context.node, .source = source.settings, .sink = sink.settings};
    if (!adds_columns(levels)) return ensure_table(context, sink);
    TRY_ASSIGN(auto* const target, context.targets.at(sink.target));
    return target->add_columns(table_spec(sink.table, sink.columns));
}

Result<Closing> close_everything(DefinitionCatalog& catalog, const Sink& sink) {
    TRY_ASSIGN(const auto below, next_mapping(catalog, sink.number));
    return Closing{.sink = sink.number, .below = below};
}

}  // namespace millrace::definitions
