#include "api/control/settings_resource.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/definition_endpoints.h"
#include "api/control/settings_request.h"
#include "api/control/source_kind.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/source_edits.h"
#include "core/model/volume_setting.h"

namespace millrace::control {
namespace {

constexpr std::string_view kOfSource = "/v1/branches/{branchId}/sources/{sourceId}";
constexpr std::string_view kOfSink = "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}";

SettingsOwner owner_of(const SourceKey&) {
    return SettingsOwner::source;
}
SettingsOwner owner_of(const SinkKey&) {
    return SettingsOwner::sink;
}

// None of a source that cannot be loaded: the request is answered so once its body is read.
std::span<const SettingSpec> settings_besides(const SettingsApi& api, const SourceKey& key) {
    const auto source = definitions::load(api.edits.catalog, key);
    if (!source.ok()) return {};
    return settings_of_kind(api.scope.source_kinds, source.value().kind);
}
std::span<const SettingSpec> settings_besides(const SettingsApi&, const SinkKey&) {
    return {};
}

bool takes_rows(const pipeline::VolumeReport& volume) {
    return volume.record.state == VolumeState::active &&
           volume.standing != pipeline::VolumeStanding::leaving;
}

// A source is not pinned to a volume that there is not, as by a mistake in its name. The catalog
// asks again when it stores the setting.
Result<void> check_volume(const SettingsApi& api, const definitions::SettingsPatch& wanted) {
    for (const auto& [key, value] : wanted.values) {
        if (key != kVolumeSetting || !value) continue;
        const auto& name = std::get<std::string>(*value);
        if (name.empty()) continue;
        TRY_ASSIGN(const auto volumes, api.volumes.list());
        std::vector<std::string> names;
        for (const auto& volume : volumes) {
            if (takes_rows(volume)) names.push_back(volume.record.name);
        }
        if (std::ranges::find(names, name) == names.end()) {
            return bad_request(no_such_volume(name, names).client_text());
        }
    }
    return {};
}

Result<Response> get_of_source(const SettingsApi& api, const Call& call) {
    TRY_ASSIGN(const auto source, definitions::load(api.edits.catalog, call.source));
    return with_etag(
        json_response(200, render_settings({.node = api.edits.node, .source = source.settings},
                                           SettingsOwner::source,
                                           settings_of_kind(api.scope.source_kinds, source.kind))),
        source.version);
}

// What is in force: the sink's own values over those of its source over those of the node.
Result<Response> get_of_sink(const SettingsApi& api, const Call& call) {
    TRY_ASSIGN(const auto loaded, definitions::load_with_source(api.edits.catalog, call.sink));
    return with_etag(json_response(200, render_settings({.node = api.edits.node,
                                                         .source = loaded.source.settings,
                                                         .sink = loaded.sink.settings},
                                                        SettingsOwner::sink)),
                     loaded.sink.version);
}

template <typename Key>
Result<Response> patch(const SettingsApi& api, const Call& call) {
    const auto& key = key_of<Key>(call);
    TRY_ASSIGN(auto wanted,
               parse_settings_patch(call.request.body, owner_of(key), settings_besides(api, key)));
    TRY(check_volume(api, wanted));
    TRY(check_can_change(api.edits, key));
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    const auto noun = definitions::noun(key);
    const auto edit = [key, wanted = std::move(wanted),
                       stamp = call.stamp](definitions::EditContext& context) {
        return definitions::patch_settings(context, key, wanted, stamp);
    };
    return accepted(
        api.changes.start(
            task_of(key, fmt::format("update.{}Settings", noun),
                    as_sentence(fmt::format("{} settings have been updated successfully", noun))),
            unless_changed(key, std::move(seen), edit)),
        api.scope);
}

}  // namespace

void add_settings(Router& router, const SettingsApi& api) {
    const Routes<SettingsApi> routes(router, api);
    routes.add("GET", kOfSource, "/settings", get_of_source);
    routes.add("PATCH", kOfSource, "/settings", patch<SourceKey>);
    routes.add("GET", kOfSink, "/settings", get_of_sink);
    routes.add("PATCH", kOfSink, "/settings", patch<SinkKey>);
}

}  // namespace millrace::control
