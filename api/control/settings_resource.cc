#include "api/control/settings_resource.h"

#include "api/control/render.h"
#include "api/control/settings_request.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/source_edits.h"
#include "core/definitions/versions.h"

namespace millrace::control {
namespace {

constexpr std::string_view kOfSource = "/v1/branches/{branchId}/sources/{sourceId}/settings";
constexpr std::string_view kOfSink =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/settings";

Result<Response> get_of_source(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    return json_response(200,
                         render_settings({.node = services.edits.node, .source = source.settings},
                                         SettingsOwner::source));
}

// What is in force: the sink's own values over those of its source over those of the node.
Result<Response> get_of_sink(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    return json_response(
        200, render_settings(
                 {.node = services.edits.node, .source = source.settings, .sink = sink.settings},
                 SettingsOwner::sink));
}

Result<Response> patch_of_source(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto patch, parse_settings_patch(call.request.body, SettingsOwner::source));
    const auto key = services.source_key(call);
    TRY_ASSIGN(const auto source, definitions::load_source(services.catalog, key));
    TRY(definitions::check_version_left(source, services.edits.definitions));
    return start_change(
        services,
        {.operation = "update.sourceSettings",
         .source = key,
         .sink = std::nullopt,
         .success_text = "Source settings have been updated successfully."},
        [key, patch, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::patch_source_settings(edits, key, patch, stamp);
        });
}

Result<Response> patch_of_sink(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto patch, parse_settings_patch(call.request.body, SettingsOwner::sink));
    const auto key = services.sink_key(call);
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, key));
    TRY(definitions::check_version_left(sink, services.edits.definitions));
    return start_change(
        services,
        {.operation = "update.sinkSettings",
         .source = key.source,
         .sink = key.sink,
         .success_text = "Sink settings have been updated successfully."},
        [key, patch, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::patch_sink_settings(edits, key, patch, stamp);
        });
}

}  // namespace

void add_settings(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string_view pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("GET", kOfSource, get_of_source);
    add("PATCH", kOfSource, patch_of_source);
    add("GET", kOfSink, get_of_sink);
    add("PATCH", kOfSink, patch_of_sink);
}

}  // namespace millrace::control
