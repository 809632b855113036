#include "core/definitions/edit_steps.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "core/base/client_text.h"
#include "core/definitions/route_builder.h"
#include "core/model/table_settings.h"

namespace millrace::definitions {
namespace {

// The route once the change is saved.
Result<RouteBuilder::Route> route_after(EditContext& context, const Source& source,
                                        const FamilyChange& change) {
    TRY_ASSIGN(auto sinks, context.catalog.all_sinks(source.key));
    for (const auto& sink : change.sinks) {
        if (!change.of_source && sink.is_active()) TRY(context.routes.check(sink.columns));
        std::erase_if(sinks, [&](const Sink& other) { return other.key == sink.key; });
        sinks.push_back(sink);
    }
    return context.routes.build(source, sinks);
}

// Null: sinks need none of their own there, or it is not configured any more.
SinkAccess* access_of(const EditContext& context, const TargetName& target) {
    return dynamic_cast<SinkAccess*>(context.targets.find(target));
}

void take_access(const EditContext& context, const FamilyChange& change) {
    const auto take = [&](const TargetName& target, SinkNumber sink) {
        if (auto* const access = access_of(context, target)) access->take_access(sink);
    };
    for (const auto& sink : change.sinks) {
        if (sink.deleted) take(sink.target, sink.number);
    }
    for (const auto& [target, sink] : change.left) take(target, sink);
}

// Where a column of the table is missing, as all targets say it, what would help.
Result<void> with_remedy(const Result<void>& compared, std::string_view remedy) {
    if (compared.ok() || compared.error().code() != Code::conflict) return compared;
    const auto& error = compared.error();
    if (error.client_text().find(" is missing") == std::string::npos) return compared;
    return Error(error.code(), fmt::format("{} {}", as_sentence(error.client_text()), remedy))
        .named(error.name());
}

}  // namespace

Result<Family> load_family(DefinitionCatalog& catalog, const SourceKey& key) {
    TRY_ASSIGN(auto source, load(catalog, key));
    TRY_ASSIGN(auto sinks, catalog.all_sinks(key));
    return Family{.source = std::move(source), .sinks = std::move(sinks)};
}

Edited save(EditContext& context, const Source& source, FamilyChange change) {
    std::optional<Effect> effect;
    if (change.is_served) {
        effect =
            Effect{.source = source.key, .route = nullptr, .closings = std::move(change.closings)};
        if (!source.deleted) {
            TRY_ASSIGN(effect->route, route_after(context, source, change));
        }
    }
    DefinitionEdit edit{.source = {},
                        .sinks = change.sinks,
                        .mappings = std::move(change.mappings),
                        .task = context.task};
    if (change.of_source) edit.source = source;
    TRY(context.catalog.save(edit));
    take_access(context, change);
    return effect;
}

Result<void> add_mapping(EditContext& context, const Source& source, Sink& sink,
                         FamilyChange& change) {
    TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
    change.mappings.push_back(
        {{.sink = sink.number, .mapping = sink.mapping}, snapshot_of(sink, source, context.node)});
    change.closings.push_back({.sink = sink.number, .below = sink.mapping});
    return {};
}

Result<bool> add_changed_mapping(EditContext& context, const Source& source, Sink& sink,
                                 const MappingSnapshot& before, FamilyChange& change) {
    if (snapshot_of(sink, source, context.node) == before) return false;
    if (sink.target != before.target) change.left.emplace_back(before.target, sink.number);
    TRY(add_mapping(context, source, sink, change));
    return true;
}

Result<FamilyChange> change_of_settings(EditContext& context, Family& family,
                                        const Source& before) {
    FamilyChange change{.of_source = true};
    for (auto& sink : family.sinks) {
        const auto mapped = snapshot_of(sink, before, context.node);
        TRY_ASSIGN(const bool is_changed,
                   add_changed_mapping(context, family.source, sink, mapped, change));
        if (is_changed) change.sinks.push_back(sink);
    }
    return change;
}

Result<FamilyChange> change_of_sink(EditContext& context, const Source& source, Sink sink,
                                    const MappingSnapshot& before) {
    FamilyChange change;
    TRY_ASSIGN(change.is_served, add_changed_mapping(context, source, sink, before, change));
    change.sinks.push_back(std::move(sink));
    return change;
}

Result<void> ensure_table(const EditContext& context, const Sink& sink) {
    TRY_ASSIGN(auto* const target, context.targets.at(sink.target));
    return target->ensure_table(table_spec(sink.table, sink.columns));
}

Result<void> ensure_table_of_new(const EditContext& context, const Sink& sink) {
    return with_remedy(ensure_table(context, sink),
                       "A sink that is made with \"addColumns\" adds columns that are missing.");
}

Result<void> adapt_table(const EditContext& context, const Source& source, const Sink& sink) {
    const SettingLevels levels{
        .node = context.node, .source = source.settings, .sink = sink.settings};
    if (!adds_columns(levels)) {
        return with_remedy(ensure_table(context, sink),
                           "The setting storage.level.target.table.addColumns is false: no column "
                           "is added.");
    }
    TRY_ASSIGN(auto* const target, context.targets.at(sink.target));
    return target->add_columns(table_spec(sink.table, sink.columns));
}

Result<void> give_access(const EditContext& context, const Sink& sink, Renewal renewal) {
    auto* const access = access_of(context, sink.target);
    return access == nullptr ? Result<void>() : access->give_access(sink, renewal);
}

Result<void> follow_access(const EditContext& context, const Sink& sink,
                           const MappingSnapshot& before) {
    if (sink.target == before.target && sink.table == before.table) return {};
    return give_access(context, sink, Renewal::no);
}

Result<void> renew_access_later(const EditContext& context, const Sink& sink) {
    auto* const access = access_of(context, sink.target);
    return access == nullptr ? Result<void>() : access->renew_access_later(sink);
}

Result<Closing> close_everything(DefinitionCatalog& catalog, const Sink& sink) {
    TRY_ASSIGN(const auto below, next_mapping(catalog, sink.number));
    return Closing{.sink = sink.number, .below = below};
}

}  // namespace millrace::definitions
