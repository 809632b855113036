#include "api/control/sink_edits.h"

#include <algorithm>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/routes.h"
#include "api/control/versions.h"

namespace millrace::control {
namespace {

// Saves the sink; the route of its source is compiled first, so that nothing can fail after.
Result<std::optional<Effect>> save(EditContext& context, const Source& source, const Sink& sink,
                                   const std::optional<MappingSnapshot>& snapshot,
                                   std::vector<Closing> closings) {
    TRY_ASSIGN(auto sinks, context.catalog.all_sinks(source.key));
    std::erase_if(sinks, [&](const Sink& other) { return other.key == sink.key; });
    sinks.push_back(sink);
    TRY_ASSIGN(auto route, build_route(source, sinks, context.limits));
    TRY(context.catalog.save_sink(sink, snapshot));
    return std::optional(
        Effect{.source = source.key, .route = std::move(route), .closings = std::move(closings)});
}

Result<void> ensure_table(Target& target, const NewSink& sink) {
    TableSpec table{.id = sink.table, .columns = {}};
    for (const auto& column : sink.columns) {
        table.columns.push_back({.name = column.name, .primary_key = column.primary_key});
    }
    return target.ensure_table(table);
}

}  // namespace

Result<std::optional<Effect>> create_sink(EditContext& context, const NewSink& wanted,
                                          const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, wanted.key.source));
    TRY_ASSIGN(const auto before, context.catalog.find_sink(wanted.key));
    if (before && !before->deleted) return sink_already_exists(wanted.key.sink);
    TRY_ASSIGN(const auto page,
               context.catalog.sinks(wanted.key.source, {.after_id = "", .limit = 1}));
    if (page.total_count >= kSinksMax) return sink_limit_reached(kSinksMax);
    TRY(ensure_table(context.target, wanted));

    Sink sink;
    sink.key = wanted.key;
    sink.name = wanted.name;
    sink.description = wanted.description;
    sink.table = wanted.table;
    sink.columns = wanted.columns;
    sink.created = before ? before->created : stamp;
    if (source.disabled) sink.disabled = disabled_with_source(stamp);
    if (before) {
        sink.number = before->number;
        sink.version = before->version;
    } else {
        TRY_ASSIGN(sink.number, context.catalog.next_sink_number());
    }
    TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
    sink.version = next_version(sink, "New sink.", stamp);

    std::vector<Closing> closings;
    if (before) closings.push_back({.sink = sink.number, .below = sink.mapping});
    return save(context, source, sink, snapshot_of(sink, source), std::move(closings));
}

Result<std::optional<Effect>> delete_sink(EditContext& context, const SinkKey& key,
                                          const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_sink(context.catalog, key));
    sink.deleted = stamp;
    TRY_ASSIGN(const auto below, next_mapping(context.catalog, sink.number));
    return save(context, source, sink, std::nullopt, {{.sink = sink.number, .below = below}});
}

Result<std::optional<Effect>> disable_sink(EditContext& context, const SinkKey& key,
                                           const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_sink(context.catalog, key));
    if (sink.disabled) return std::optional<Effect>();
    sink.disabled = Disabled{.stamp = stamp, .reason = "API"};
    sink.version = next_version(sink, "Disabled.", stamp);
    TRY_ASSIGN(const auto below, next_mapping(context.catalog, sink.number));
    return save(context, source, sink, std::nullopt, {{.sink = sink.number, .below = below}});
}

Result<std::optional<Effect>> enable_sink(EditContext& context, const SinkKey& key,
                                          const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_sink(context.catalog, key));
    if (!sink.disabled || sink.disabled->with_parent) return std::optional<Effect>();
    sink.disabled.reset();
    if (source.disabled) sink.disabled = disabled_with_source(stamp);
    sink.version = next_version(sink, "Enabled.", stamp);
    return save(context, source, sink, std::nullopt, {});
}

Result<std::optional<Effect>> patch_sink_settings(EditContext& context, const SinkKey& key,
                                                  const SettingsPatch& patch, const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load_source(context.catalog, key.source));
    TRY_ASSIGN(auto sink, load_sink(context.catalog, key));
    const auto before = snapshot_of(sink, source);
    sink.settings = patched(sink.settings, patch);
    sink.version = next_version(sink, patch.description.value_or("Updated settings."), stamp);

    const auto snapshot = snapshot_of(sink, source);
    if (snapshot == before) {
        TRY(context.catalog.save_sink(sink, std::nullopt));
        return std::optional<Effect>();
    }
    TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
    return save(context, source, sink, snapshot, {{.sink = sink.number, .below = sink.mapping}});
}

}  // namespace millrace::control
