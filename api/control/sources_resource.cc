#include "api/control/sources_resource.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "api/control/purge.h"
#include "api/control/query_flag.h"
#include "api/control/render.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/source_edits.h"
#include "core/definitions/versions.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}";

Result<Response> create(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source, parse_new_source(call.request.body, services.source_key(call),
                                                   services.edits.definitions));
    const auto& key = source.key;
    auto reservation = services.reservations.take("source/" + key.source.value);
    if (reservation == nullptr) return definitions::source_already_exists(key.source);
    TRY_ASSIGN(const auto found, services.catalog.find_source(key));
    if (found && !found->deleted) return definitions::source_already_exists(key.source);
    TRY_ASSIGN(const auto page,
               services.catalog.sources(key.project, key.branch, {.after_id = "", .limit = 1}));
    const auto limit = services.edits.definitions.sources;
    if (page.total_count >= limit) return definitions::source_limit_reached(limit);

    return start_change(
        services,
        {.operation = "create.source",
         .source = key,
         .sink = std::nullopt,
         .success_text = "Source has been created successfully."},
        [source, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::create_source(edits, source, stamp);
        },
        std::move(reservation));
}

using SourcesPage = Result<Page<Source>> (DefinitionCatalog::*)(ProjectId, BranchId,
                                                                const PageRequest&);

Result<Response> list(const Services& services, const Call& call, SourcesPage read) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found,
               (services.catalog.*read)(services.scope.project, services.scope.branch, page));
    auto sources = OrderedJson::array();
    for (const auto& source : found.items) sources.push_back(render_source(source, services.scope));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.source.value;
    return json_response(200, {{"projectId", services.scope.project.value},
                               {"branchId", services.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sources", std::move(sources)}});
}

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    return json_response(200, render_source(source, services.scope));
}

Result<Response> update(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto update,
               parse_source_update(call.request.body, services.edits.definitions));
    const auto key = services.source_key(call);
    TRY_ASSIGN(const auto source, definitions::load_source(services.catalog, key));
    TRY(definitions::check_version_left(source, services.edits.definitions));
    return start_change(
        services,
        {.operation = "update.source",
         .source = key,
         .sink = std::nullopt,
         .success_text = "Source has been updated successfully."},
        [key, update, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::update_source(edits, key, update, stamp);
        });
}

using SourceEdit = Result<std::optional<definitions::Effect>> (*)(definitions::EditContext&,
                                                                  const SourceKey&, const Stamp&);

// "disable.source" with "Source has been disabled successfully." and the like.
definitions::NewTask task_of(const SourceKey& key, std::string_view verb) {
    return {.operation = fmt::format("{}.source", verb),
            .source = key,
            .sink = std::nullopt,
            .success_text = fmt::format("Source has been {}d successfully.", verb)};
}

Edit edit_of(const Services& services, const Call& call, SourceEdit edit) {
    return [key = services.source_key(call), stamp = services.stamp(call),
            edit](definitions::EditContext& edits) { return edit(edits, key, stamp); };
}

Result<Response> disable(const Services& services, const Call& call) {
    const auto key = services.source_key(call);
    TRY(definitions::load_source(services.catalog, key));
    return start_ending(services, task_of(key, "disable"),
                        edit_of(services, call, definitions::disable_source));
}

Result<Response> enable(const Services& services, const Call& call) {
    const auto key = services.source_key(call);
    TRY(definitions::load_source(services.catalog, key));
    return start_change(services, task_of(key, "enable"),
                        edit_of(services, call, definitions::enable_source));
}

// Taken by a purge as long as its task lives.
std::string purge_of(const SourceKey& key) {
    return "purge/" + key.source.value;
}

Result<Response> undelete(const Services& services, const Call& call) {
    const auto key = services.source_key(call);
    TRY_ASSIGN(const auto source, definitions::load_deleted_source(services.catalog, key));
    TRY(definitions::check_version_left(source, services.edits.definitions));
    // Nobody can begin to purge a source that is deleted, so looking is enough.
    const bool is_purged = services.reservations.take(purge_of(key)) == nullptr;
    if (is_purged) return definitions::source_is_being_deleted(key.source);
    return start_change(services, task_of(key, "undelete"),
                        edit_of(services, call, definitions::undelete_source));
}

Result<Response> rotate(const Services& services, const Call& call) {
    const auto key = services.source_key(call);
    TRY_ASSIGN(const auto overlap, parse_rotation(call.request.body));
    TRY(definitions::load_source(services.catalog, key));
    TRY(change_now(services,
                   [key, overlap, stamp = services.stamp(call)](definitions::EditContext& edits) {
                       return definitions::rotate_secret(edits, key, overlap, stamp);
                   }));
    TRY_ASSIGN(const auto source, definitions::load_source(services.catalog, key));
    return json_response(200, render_source(source, services.scope));
}

// With cascade the tables go too, for good.
Result<Response> remove(const Services& services, const Call& call) {
    TRY_ASSIGN(const bool cascade, parse_flag(call.request, "cascade"));
    const auto key = services.source_key(call);
    TRY(definitions::load_source(services.catalog, key));
    if (cascade) {
        // The id too, so that nobody makes the source again meanwhile.
        auto id = services.reservations.take("source/" + key.source.value);
        auto purge = services.reservations.take(purge_of(key));
        if (id == nullptr || purge == nullptr)
            return definitions::source_is_being_deleted(key.source);
        return start_purge(
            services, call,
            std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(
                std::move(id), std::move(purge)));
    }
    return start_ending(services, task_of(key, "delete"),
                        edit_of(services, call, definitions::delete_source));
}

}  // namespace

void add_sources(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("POST", std::string(kList), create);
    add("GET", std::string(kList), [](const Services& s, const Call& call) {
        return list(s, call, &DefinitionCatalog::sources);
    });
    add("GET", std::string(kOne), get);
    // After the one above, which has room for this id too.
    add("GET", std::string(kList) + "/deleted", [](const Services& s, const Call& call) {
        return list(s, call, &DefinitionCatalog::deleted_sources);
    });
    add("PATCH", std::string(kOne), update);
    add("DELETE", std::string(kOne), remove);
    add("PUT", std::string(kOne) + "/disable", disable);
    add("PUT", std::string(kOne) + "/enable", enable);
    add("PUT", std::string(kOne) + "/undelete", undelete);
    add("POST", std::string(kOne) + "/rotate-secret", rotate);
}

}  // namespace millrace::control
