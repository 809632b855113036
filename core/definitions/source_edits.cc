#include "core/definitions/source_edits.h"

#include <utility>
#include <vector>

#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_steps.h"
#include "core/definitions/versions.h"

namespace millrace::definitions {

Result<std::optional<Source>> check_can_create(const EditContext& context,
                                               const NewSource& wanted) {
    TRY_ASSIGN(auto before, check_can_create(context, wanted.key));
    if (before && before->kind != wanted.kind) return was_of_another_kind(*before, wanted.kind);
    return before;
}

Edited create(EditContext& context, const NewSource& wanted, const Stamp& stamp) {
    TRY_ASSIGN(const auto before, check_can_create(context, wanted));

    Source source;
    source.key = wanted.key;
    source.kind = wanted.kind;
    source.details = wanted.details;
    source.name = wanted.name;
    source.description = wanted.description;
    source.secret = Secret(context.random.make(kSecretLength));
    source.created = before ? before->created : stamp;
    if (before) source.version = before->version;
    TRY_ASSIGN(source.version, next_version(source, "New source.", stamp, context.definitions));
    return save(context, source, {.of_source = true});
}

Edited remove(EditContext& context, const SourceKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    family.source.deleted = Deleted{.stamp = stamp};
    FamilyChange change{.of_source = true};
    for (auto& sink : family.sinks) {
        sink.deleted = Deleted{.stamp = stamp, .with_parent = true};
        change.sinks.push_back(sink);
        TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
        change.closings.push_back(closing);
    }
    return save(context, family.source, std::move(change));
}

Edited disable(EditContext& context, const SourceKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    if (family.source.disabled) return std::optional<Effect>();
    family.source.disabled = Disabled{.stamp = stamp, .reason = "API"};
    family.source.version =
        next_version_if_left(family.source, "Disabled.", stamp, context.definitions);

    FamilyChange change{.of_source = true};
    for (auto& sink : family.sinks) {
        if (sink.disabled) continue;
        sink.disabled = disabled_with_source(stamp);
        change.sinks.push_back(sink);
        TRY_ASSIGN(const auto closing, close_everything(context.catalog, sink));
        change.closings.push_back(closing);
    }
    return save(context, family.source, std::move(change));
}

Edited enable(EditContext& context, const SourceKey& key, const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    if (!family.source.disabled) return std::optional<Effect>();
    family.source.disabled.reset();
    family.source.version =
        next_version_if_left(family.source, "Enabled.", stamp, context.definitions);

    FamilyChange change{.of_source = true};
    for (auto& sink : family.sinks) {
        if (!sink.disabled || !sink.disabled->with_parent) continue;
        // As the sink's own enabling does; but its target may be away.
        const auto adapted = adapt_table(context, family.source, sink);
        if (!adapted.ok() && adapted.error().code() == Code::conflict) return adapted.error();
        TRY(renew_access_later(context, sink));
        sink.disabled.reset();
        change.sinks.push_back(sink);
    }
    return save(context, family.source, std::move(change));
}

Edited update(EditContext& context, const SourceKey& key, const SourceUpdate& update,
              const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    auto& source = family.source;
    if (update.name) source.name = *update.name;
    if (update.description) source.description = *update.description;
    if (update.details) {
        TRY_ASSIGN(source.details, update.details(source.details));
    }
    TRY_ASSIGN(source.version, next_version(source, update.change_description.value_or("Updated."),
                                            stamp, context.definitions));
    return save(context, family.source, {.of_source = true});
}

Edited patch_settings(EditContext& context, const SourceKey& key, const SettingsPatch& patch,
                      const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    const auto before = family.source;
    auto& source = family.source;
    source.settings = patched(source.settings, patch);
    TRY_ASSIGN(source.version, next_version(source, patch.description.value_or("Updated settings."),
                                            stamp, context.definitions));
    TRY_ASSIGN(auto change, change_of_settings(context, family, before));
    return save(context, source, std::move(change));
}

Edited rotate_secret(EditContext& context, const SourceKey& key, Milliseconds overlap,
                     const Stamp& stamp) {
    TRY_ASSIGN(auto family, load_family(context.catalog, key));
    auto old = std::exchange(family.source.secret, Secret(context.random.make(kSecretLength)));
    family.source.retired.reset();
    if (overlap.count() > 0) {
        family.source.retired =
            RetiredSecret{.secret = std::move(old), .until = stamp.at + overlap};
    }
    family.source.version =
        next_version_if_left(family.source, "Rotated secret.", stamp, context.definitions);
    return save(context, family.source, {.of_source = true});
}

}  // namespace millrace::definitions
