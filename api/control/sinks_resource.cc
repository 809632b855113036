#include "api/control/sinks_resource.h"

#include <fmt/format.h>

#include <utility>

#include "api/control/definition_endpoints.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/sink_edits.h"
#include "core/definitions/template_check.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources/{sourceId}/sinks";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}";

Result<Response> create(const SinksApi& api, const Call& call) {
    const auto loaded = definitions::load(api.edits.catalog, call.source);
    TRY_ASSIGN(auto sink,
               parse_new_sink(call.request.body, call.source, api.edits.limits,
                              api.edits.definitions, loaded.ok() ? &loaded.value() : nullptr));
    const auto& key = sink.key;
    TRY_ASSIGN(const auto source, loaded);
    TRY(check_signals(sink.signals, source));
    TRY(check_columns(api.scope.source_kinds, source.kind, source.details, sink.columns));
    TRY(api.edits.targets.check_table({.target = sink.target, .table = sink.table}));
    TRY(definitions::check_templates(api.evaluator, sink.columns));
    auto reservation =
        api.reservations.take(fmt::format("sink/{}/{}", key.source.source.value, key.sink.value));
    return create_definition(api, call, std::move(sink), std::move(reservation));
}

using SinksPage = Result<Page<Sink>> (DefinitionCatalog::*)(const SourceKey&, const PageRequest&);

Result<Response> list(const SinksApi& api, const Call& call, SinksPage read) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY(definitions::load(api.edits.catalog, call.source));
    TRY_ASSIGN(const auto found, (api.edits.catalog.*read)(call.source, page));
    auto sinks = OrderedJson::array();
    for (const auto& sink : found.items) sinks.push_back(render(sink, api.scope));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.sink.value;
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"sourceId", call.source.source.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sinks", std::move(sinks)}});
}

Result<Response> update(const SinksApi& api, const Call& call) {
    TRY_ASSIGN(auto update,
               parse_sink_update(call.request.body, api.edits.limits, api.edits.definitions));
    TRY_ASSIGN(const auto sink, definitions::load(api.edits.catalog, call.sink));
    if (update.signals) {
        TRY_ASSIGN(const auto source, definitions::load(api.edits.catalog, call.source));
        TRY(check_signals(*update.signals, source));
    }
    TRY(definitions::check_version_left(sink, api.edits.definitions));
    if (update.target || update.table) {
        TRY(api.edits.targets.check_table({.target = update.target.value_or(sink.target),
                                           .table = update.table.value_or(sink.table)}));
    }
    if (update.columns) {
        TRY(definitions::check_templates(api.evaluator, *update.columns));
        TRY_ASSIGN(const auto source, definitions::load(api.edits.catalog, call.source));
        TRY(check_columns(api.scope.source_kinds, source.kind, source.details, *update.columns));
    }
    return update_definition<SinkKey>(api, call, std::move(update));
}

Result<Response> undelete(const SinksApi& api, const Call& call) {
    TRY(definitions::load_deleted(api.edits.catalog, call.sink));
    return accepted(api.changes.start(task_of(call.sink, "undelete"),
                                      edit_of<SinkKey>(call, definitions::undelete)),
                    api.scope);
}

}  // namespace

void add_sinks(Router& router, const SinksApi& api) {
    const Routes<SinksApi> routes(router, api);
    routes.add("POST", kList, create);
    routes.add("GET", kList,
               [](const SinksApi& a, const Call& call) {
                   return list(a, call, &DefinitionCatalog::sinks);
               },
               {"afterId", "limit"});
    routes.add("GET", kOne, get_definition<SinkKey, SinksApi>);
    // After the one above, which has room for this id too.
    routes.add("GET", kList, "/deleted",
               [](const SinksApi& a, const Call& call) {
                   return list(a, call, &DefinitionCatalog::deleted_sinks);
               },
               {"afterId", "limit"});
    routes.add("PATCH", kOne, update);
    routes.add("DELETE", kOne, remove_definition<SinkKey, SinksApi>);
    routes.add("PUT", kOne, "/disable", disable_definition<SinkKey, SinksApi>);
    routes.add("PUT", kOne, "/enable", enable_definition<SinkKey, SinksApi>);
    routes.add("PUT", kOne, "/undelete", undelete);
}

}  // namespace millrace::control
