#include "api/control/source_edits.h"

#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/routes.h"
#include "api/control/versions.h"

namespace millrace::control {
namespace {

constexpr std::size_t kSecretLength = 48;

struct Family {
    Source source;
    std::vector<Sink> sinks;
};

Result<Family> load_family(DefinitionCatalog& catalog, const SourceKey& key) {
    TRY_ASSIGN(auto source, load_source(catalog, key));
    TRY_ASSIGN(auto sinks, catalog.all_sinks(key));
    return Family{.source = std::move(source), .sinks = std::move(sinks)};
}

// Saves the source and those of its sinks that changed; the route is compiled first, so that
// nothing can fail after.
Result<std::optional<Effect>> save(EditContext& context, const Family& family,
                                   const std::vector<Sink>& changed,
                                   std::vector<Closing> closings) {
    Effect effect{.source = family.source.key, .route = nullptr, .closings = std::move(closings)};
    if (!family.source.deleted) {
        TRY_ASSIGN(effect.route, build_route(family.source, family.sinks, context.limits));
    }
    TRY(context.catalog.save_source(family.source, changed));
    return std::optional(std::move(effect));
}

// Closes all files of the sink, whatever their version.
Result<Closing> close_everything(DefinitionCatalog& catalog, const Sink& sink) {
    TRY_ASSIGN(const auto below, next_mapping(catalog, sink.number));
    return Closing{.sink = sink.number, .below = below};
}

}  // namespace

Result<std::optional<Effect>> create_source(EditContext& context, const NewSource& wanted,
                                            const Stamp& stamp) {
    TRY_ASSIGN(const auto before, context.catalog.find_source(wanted.key));
    if (before && !before->deleted) return source_already_exists(wanted.key.source);
    TRY_ASSIGN(const auto page, context.catalog.sources(wanted.key.project, wanted.key.branch,
                                                        {.after_id = "", .limit = 1}));
    if (page.total_count >= kSourcesMax) return source_limit_reached(kSourcesMax);

    Source source;
    source.key = wanted.key;
    source.name = wanted.name;
    source.description = wanted.description;
    source.secret = Secret(context.random.make(kSecretLength));
    source.created = before ? before->created : stamp;
    if (before) source.version = before->version;
    source.version = next_version(source, "New source.", stamp);
    return save(context, {.source = std::move(source), .sinks = {}}, {}, {});
}

Result<std::optional<Effect>> delete_source(EditContext& context, const SourceKey& key,
                                            const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    family.source.deleted = stamp;
    std::vector<Closing> closings;
    for (auto& sink : family.sinks) {
        sink.deleted = stamp;
        TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
        closings.push_back(closing);
    }
    return save(context, family, family.sinks, std::move(closings));
}

Result<std::optional<Effect>> disable_source(EditContext& context, const SourceKey& key,
                                             const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    if (family.source.disabled) return std::optional<Effect>();
    family.source.disabled = Disabled{.stamp = stamp, .reason = "API"};
    family.source.version = next_version(family.source, "Disabled.", stamp);

    std::vector<Sink> changed;
    std::vector<Closing> closings;
    for (auto& sink : family.sinks) {
        if (sink.disabled) continue;
        sink.disabled = disabled_with_source(stamp);
        changed.push_back(sink);
        TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
        closings.push_back(closing);
    }
    return save(context, family, changed, std::move(closings));
}

Result<std::optional<Effect>> enable_source(EditContext& context, const SourceKey& key,
                                            const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    if (!family.source.disabled) return std::optional<Effect>();
    family.source.disabled.reset();
    family.source.version = next_version(family.source, "Enabled.", stamp);

    std::vector<Sink> changed;
    for (auto& sink : family.sinks) {
        if (!sink.disabled || !sink.disabled->with_parent) continue;
        sink.disabled.reset();
        changed.push_back(sink);
    }
    return save(context, family, changed, {});
}

Result<std::optional<Effect>> patch_source_settings(EditContext& context, const SourceKey& key,
                                                    const SettingsPatch& patch,
                                                    const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    const auto before = family.source;
    auto& source = family.source;
    source.settings = patched(source.settings, patch);
    source.version = next_version(source, patch.description.value_or("Updated settings."), stamp);

    std::vector<Sink> changed;
    std::vector<Closing> closings;
    for (auto& sink : family.sinks) {
        const auto snapshot = snapshot_of(sink, source);
        if (snapshot == snapshot_of(sink, before)) continue;
        TRY_ASSIGN(sink.mapping, next_mapping(context.catalog, sink.number));
        // A crash before save() leaves a snapshot that nothing uses; its version is skipped later.
        TRY(context.catalog.save_mapping({.sink = sink.number, .mapping = sink.mapping}, snapshot));
        changed.push_back(sink);
        closings.push_back({.sink = sink.number, .below = sink.mapping});
    }
    return save(context, family, changed, std::move(closings));
}

}  // namespace millrace::control
