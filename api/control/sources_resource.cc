#include "api/control/sources_resource.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/definition_endpoints.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "api/control/query_flag.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/edit_steps.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/source_edits.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}";

std::string creation_of(const SourceKey& key) {
    return "source/" + key.source.value;
}

// Taken by a purge as long as its task lives.
std::string purge_of(const SourceKey& key) {
    return "purge/" + key.source.value;
}

Result<Response> create(const SourcesApi& api, const Call& call) {
    TRY_ASSIGN(auto source, parse_new_source(call.request.body, call.source, api.edits.definitions,
                                             api.scope.source_kinds));
    auto reservation = api.reservations.take(creation_of(source.key));
    return create_definition(api, call, std::move(source), std::move(reservation));
}

using SourcesPage = Result<Page<Source>> (DefinitionCatalog::*)(ProjectId, BranchId,
                                                                const PageRequest&);

Result<Response> list(const SourcesApi& api, const Call& call, SourcesPage read) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found,
               (api.edits.catalog.*read)(api.scope.project, api.scope.branch, page));
    auto sources = OrderedJson::array();
    for (const auto& source : found.items) sources.push_back(render(source, api.scope));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.source.value;
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sources", std::move(sources)}});
}

// Whether the sinks that the source has may stay as they are with other details.
Result<void> check_sinks(const SourcesApi& api, const SourceKey& key, const std::string& details) {
    TRY_ASSIGN(const auto family, definitions::load_family(api.edits.catalog, key));
    for (const auto& sink : family.sinks) {
        auto checked =
            check_columns(api.scope.source_kinds, family.source.kind, details, sink.columns);
        if (checked.ok()) continue;
        const auto& error = checked.error();
        return Error(error.code(),
                     fmt::format("Sink \"{}\": {}", sink.key.sink.value, error.client_text()))
            .named(error.name());
    }
    return {};
}

Result<Response> update(const SourcesApi& api, const Call& call) {
    const auto loaded = definitions::load(api.edits.catalog, call.source);
    TRY_ASSIGN(auto update,
               parse_source_update(call.request.body, api.edits.definitions, api.scope.source_kinds,
                                   loaded.ok() ? &loaded.value() : nullptr));
    if (!loaded.ok()) return loaded.error();
    const auto& source = loaded.value();
    if (update.type && *update.type != source.kind.value) {
        return bad_request(
            fmt::format("The type of the source is \"{}\", and stays so.", source.kind.value));
    }
    TRY(definitions::check_version_left(source, api.edits.definitions));
    if (update.details) {
        TRY_ASSIGN(const auto details, update.details(source.details));
        TRY(check_sinks(api, source.key, details));
    }
    return update_definition<SourceKey>(api, call, std::move(update));
}

Result<Response> undelete(const SourcesApi& api, const Call& call) {
    const auto& key = call.source;
    TRY(definitions::load_deleted(api.edits.catalog, key));
    // The purge of a source that is deleted cannot begin, so looking is enough.
    const bool is_purged = api.reservations.take(purge_of(key)) == nullptr;
    if (is_purged) return definitions::source_is_being_deleted(key.source);
    return accepted(api.changes.start(task_of(key, "undelete"),
                                      edit_of<SourceKey>(call, definitions::undelete)),
                    api.scope);
}

Result<Response> rotate(const SourcesApi& api, const Call& call) {
    TRY_ASSIGN(const auto overlap, parse_rotation(call.request.body));
    const auto& key = call.source;
    TRY(definitions::load(api.edits.catalog, key));
    TRY_ASSIGN(auto seen, seen_of<SourceKey>(api, call));
    const auto edit = [key, overlap, stamp = call.stamp](definitions::EditContext& context) {
        return definitions::rotate_secret(context, key, overlap, stamp);
    };
    TRY(api.changes.make_now(unless_changed(key, std::move(seen), edit)));
    return get_definition<SourceKey>(api, call);
}

// With cascade the tables go too, for good.
Result<Response> remove(const SourcesApi& api, const Call& call) {
    TRY_ASSIGN(const bool cascade, parse_flag(call.request, "cascade"));
    if (!cascade) return remove_definition<SourceKey>(api, call);
    const auto& key = call.source;
    TRY(definitions::load(api.edits.catalog, key));
    TRY(seen_of<SourceKey>(api, call));
    // The id too, so that the source is not made again meanwhile.
    using Held = std::pair<std::shared_ptr<void>, std::shared_ptr<void>>;
    const auto held = std::make_shared<Held>(api.reservations.take(creation_of(key)),
                                             api.reservations.take(purge_of(key)));
    if (held->first == nullptr || held->second == nullptr) {
        return definitions::source_is_being_deleted(key.source);
    }
    return accepted(api.purge.start(key, call.stamp, held), api.scope);
}

}  // namespace

void add_sources(Router& router, const SourcesApi& api) {
    const Routes<SourcesApi> routes(router, api);
    routes.add("POST", kList, create);
    routes.add("GET", kList,
               [](const SourcesApi& a, const Call& call) {
                   return list(a, call, &DefinitionCatalog::sources);
               },
               {"afterId", "limit"});
    routes.add("GET", kOne, get_definition<SourceKey, SourcesApi>);
    // After the one above, which has room for this id too.
    routes.add("GET", kList, "/deleted",
               [](const SourcesApi& a, const Call& call) {
                   return list(a, call, &DefinitionCatalog::deleted_sources);
               },
               {"afterId", "limit"});
    routes.add("PATCH", kOne, update);
    routes.add("DELETE", kOne, remove, {"cascade"});
    routes.add("PUT", kOne, "/disable", disable_definition<SourceKey, SourcesApi>);
    routes.add("PUT", kOne, "/enable", enable_definition<SourceKey, SourcesApi>);
    routes.add("PUT", kOne, "/undelete", undelete);
    routes.add("POST", kOne, "/rotate-secret", rotate);
}

}  // namespace millrace::control
