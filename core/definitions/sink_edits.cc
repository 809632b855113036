#include "core/definitions/sink_edits.h"

#include <utility>

#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_steps.h"
#include "core/definitions/versions.h"

namespace millrace::definitions {

Edited create(EditContext& context, const NewSink& wanted, const Stamp& stamp) {
    TRY_ASSIGN(const auto source, load(context.catalog, wanted.key.source));
    TRY_ASSIGN(const auto before, check_can_create(context, wanted.key));

    Sink sink;
    sink.key = wanted.key;
    sink.name = wanted.name;
    sink.description = wanted.description;
    sink.target = wanted.target;
    sink.table = wanted.table;
    sink.columns = wanted.columns;
    sink.signals = wanted.signals;
    sink.settings = wanted.settings;
    TRY(wanted.adds_columns ? adapt_table(context, source, sink)
                            : ensure_table_of_new(context, sink));
    sink.created = before ? before->created : stamp;
    if (!wanted.enabled) {
        sink.disabled = Disabled{.stamp = stamp, .reason = "API"};
    } else if (source.disabled) {
        sink.disabled = disabled_with_source(stamp);
    }
    if (before) {
        sink.number = before->number;
        sink.version = before->version;
    } else {
        TRY_ASSIGN(sink.number, context.catalog.next_sink_number());
    }
    TRY(give_access(context, sink, Renewal::yes));
    FamilyChange change;
    TRY(add_mapping(context, source, sink, change));
    if (!before) change.closings.clear();  // it has no files yet
    TRY_ASSIGN(sink.version, next_version(sink, "New sink.", stamp, context.definitions));
    change.sinks.push_back(std::move(sink));
    return save(context, source, std::move(change));
}

Edited update(EditContext& context, const SinkKey& key, const SinkUpdate& update,
              const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    const auto before = snapshot_of(sink, source, context.node);
    if (update.name) sink.name = *update.name;
    if (update.description) sink.description = *update.description;
    if (update.target) sink.target = *update.target;
    if (update.table) sink.table = *update.table;
    if (update.columns) sink.columns = *update.columns;
    if (update.signals) sink.signals = *update.signals;
    sink.settings = patched(std::move(sink.settings), update.settings);
    if (sink.target != before.target || sink.table != before.table ||
        sink.columns != before.columns) {
        TRY(adapt_table(context, source, sink));
    }
    TRY(follow_access(context, sink, before));
    TRY_ASSIGN(sink.version, next_version(sink, update.change_description.value_or("Updated."),
                                          stamp, context.definitions));
    TRY_ASSIGN(auto change, change_of_sink(context, source, std::move(sink), before));
    return save(context, source, std::move(change));
}

Edited remove(EditContext& context, const SinkKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    sink.deleted = Deleted{.stamp = stamp};
    TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
    return save(context, source, {.sinks = {sink}, .closings = {closing}});
}

Edited disable(EditContext& context, const SinkKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    // One that was disabled with its source would be enabled with it, too.
    if (sink.disabled && !sink.disabled->with_parent) return std::optional<Effect>();
    sink.disabled = Disabled{.stamp = stamp, .reason = "API"};
    sink.version = next_version_if_left(sink, "Disabled.", stamp, context.definitions);
    TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
    return save(context, source, {.sinks = {sink}, .closings = {closing}});
}

Edited enable(EditContext& context, const SinkKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    // Somebody may have taken it away: this call is how to say that it shall be made anew.
    TRY(adapt_table(context, source, sink));
    const bool is_disabled = sink.disabled && !sink.disabled->with_parent;
    TRY(give_access(context, sink, is_disabled ? Renewal::yes : Renewal::no));
    if (!is_disabled) return std::optional<Effect>();
    sink.disabled.reset();
    if (source.disabled) sink.disabled = disabled_with_source(stamp);
    sink.version = next_version_if_left(sink, "Enabled.", stamp, context.definitions);
    return save(context, source, {.sinks = {sink}});
}

Edited patch_settings(EditContext& context, const SinkKey& key, const SettingsPatch& patch,
                      const Stamp& stamp) {
    TRY_ASSIGN(auto loaded, load_with_source(context.catalog, key));
    auto& [source, sink] = loaded;
    const auto before = snapshot_of(sink, source, context.node);
    sink.settings = patched(sink.settings, patch);
    TRY_ASSIGN(sink.version, next_version(sink, patch.description.value_or("Updated settings."),
                                          stamp, context.definitions));
    TRY_ASSIGN(auto change, change_of_sink(context, source, std::move(sink), before));
    return save(context, source, std::move(change));
}

}  // namespace millrace::definitions
