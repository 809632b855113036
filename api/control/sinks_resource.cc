#include "api/control/sinks_resource.h"

#include <fmt/format.h>

#include "api/control/api_errors.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/template_check.h"
#include "core/definitions/versions.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources/{sourceId}/sinks";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}";

Result<Response> create(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, parse_new_sink(call.request.body, services.source_key(call),
                                               services.edits.limits, services.edits.definitions));
    const auto& key = sink.key;
    TRY(definitions::load_source(services.catalog, key.source));
    TRY(definitions::check_templates(services.evaluator, sink.columns));
    auto reservation = services.reservations.take(
        fmt::format("sink/{}/{}", key.source.source.value, key.sink.value));
    if (reservation == nullptr) return definitions::sink_already_exists(key.sink);
    TRY_ASSIGN(const auto found, services.catalog.find_sink(key));
    if (found && !found->deleted) return definitions::sink_already_exists(key.sink);
    TRY_ASSIGN(const auto page, services.catalog.sinks(key.source, {.after_id = "", .limit = 1}));
    const auto limit = services.edits.definitions.sinks;
    if (page.total_count >= limit) return definitions::sink_limit_reached(limit);

    return start_change(
        services,
        {.operation = "create.sink",
         .source = key.source,
         .sink = key.sink,
         .success_text = "Sink has been created successfully."},
        [sink, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::create_sink(edits, sink, stamp);
        },
        std::move(reservation));
}

using SinksPage = Result<Page<Sink>> (DefinitionCatalog::*)(const SourceKey&, const PageRequest&);

Result<Response> list(const Services& services, const Call& call, SinksPage read) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    const auto key = services.source_key(call);
    TRY(definitions::load_source(services.catalog, key));
    TRY_ASSIGN(const auto found, (services.catalog.*read)(key, page));
    auto sinks = OrderedJson::array();
    for (const auto& sink : found.items) sinks.push_back(render_sink(sink));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.sink.value;
    return json_response(200, {{"projectId", services.scope.project.value},
                               {"branchId", services.scope.branch.value},
                               {"sourceId", key.source.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sinks", std::move(sinks)}});
}

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    return json_response(200, render_sink(sink));
}

Result<Response> update(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto update, parse_sink_update(call.request.body, services.edits.limits,
                                                    services.edits.definitions));
    const auto key = services.sink_key(call);
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, key));
    TRY(definitions::check_version_left(sink, services.edits.definitions));
    if (update.columns) TRY(definitions::check_templates(services.evaluator, *update.columns));
    return start_change(
        services,
        {.operation = "update.sink",
         .source = key.source,
         .sink = key.sink,
         .success_text = "Sink has been updated successfully."},
        [key, update, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::update_sink(edits, key, update, stamp);
        });
}

using SinkEdit = Result<std::optional<definitions::Effect>> (*)(definitions::EditContext&,
                                                                const SinkKey&, const Stamp&);

// "disable.sink" with "Sink has been disabled successfully." and the like.
definitions::NewTask task_of(const SinkKey& key, std::string_view verb) {
    return {.operation = fmt::format("{}.sink", verb),
            .source = key.source,
            .sink = key.sink,
            .success_text = fmt::format("Sink has been {}d successfully.", verb)};
}

Edit edit_of(const Services& services, const Call& call, SinkEdit edit) {
    return [key = services.sink_key(call), stamp = services.stamp(call),
            edit](definitions::EditContext& edits) { return edit(edits, key, stamp); };
}

Result<Response> disable(const Services& services, const Call& call) {
    const auto key = services.sink_key(call);
    TRY(definitions::load_sink(services.catalog, key));
    return start_ending(services, task_of(key, "disable"),
                        edit_of(services, call, definitions::disable_sink));
}

Result<Response> enable(const Services& services, const Call& call) {
    const auto key = services.sink_key(call);
    TRY(definitions::load_sink(services.catalog, key));
    return start_change(services, task_of(key, "enable"),
                        edit_of(services, call, definitions::enable_sink));
}

Result<Response> undelete(const Services& services, const Call& call) {
    const auto key = services.sink_key(call);
    TRY_ASSIGN(const auto sink, definitions::load_deleted_sink(services.catalog, key));
    TRY(definitions::check_version_left(sink, services.edits.definitions));
    return start_change(services, task_of(key, "undelete"),
                        edit_of(services, call, definitions::undelete_sink));
}

Result<Response> remove(const Services& services, const Call& call) {
    const auto key = services.sink_key(call);
    TRY(definitions::load_sink(services.catalog, key));
    return start_ending(services, task_of(key, "delete"),
                        edit_of(services, call, definitions::delete_sink));
}

}  // namespace

void add_sinks(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("POST", std::string(kList), create);
    add("GET", std::string(kList), [](const Services& s, const Call& call) {
        return list(s, call, &DefinitionCatalog::sinks);
    });
    add("GET", std::string(kOne), get);
    // After the one above, which has room for this id too.
    add("GET", std::string(kList) + "/deleted", [](const Services& s, const Call& call) {
        return list(s, call, &DefinitionCatalog::deleted_sinks);
    });
    add("PATCH", std::string(kOne), update);
    add("DELETE", std::string(kOne), remove);
    add("PUT", std::string(kOne) + "/disable", disable);
    add("PUT", std::string(kOne) + "/enable", enable);
    add("PUT", std::string(kOne) + "/undelete", undelete);
}

}  // namespace millrace::control
