#include "api/control/sources_resource.h"

#include <fmt/format.h>

#include "api/control/api_errors.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/source_edits.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}";

Result<Response> create(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source, parse_new_source(call.request.body, services.source_key(call)));
    const auto& key = source.key;
    auto reservation = services.reservations.take("source/" + key.source.value);
    if (reservation == nullptr) return source_already_exists(key.source);
    TRY_ASSIGN(const auto found, services.catalog.find_source(key));
    if (found && !found->deleted) return source_already_exists(key.source);
    TRY_ASSIGN(const auto page,
               services.catalog.sources(key.project, key.branch, {.after_id = "", .limit = 1}));
    if (page.total_count >= kSourcesMax) return source_limit_reached(kSourcesMax);

    return start_change(
        services,
        {.operation = "create.source",
         .source = key,
         .sink = std::nullopt,
         .success_text = "Source has been created successfully."},
        [&edits = services.edits, source, stamp = services.stamp(call)] {
            return create_source(edits, source, stamp);
        },
        std::move(reservation));
}

Result<Response> list(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found,
               services.catalog.sources(services.scope.project, services.scope.branch, page));
    auto sources = OrderedJson::array();
    for (const auto& source : found.items) sources.push_back(render_source(source, services.scope));
    const auto last_id = found.items.empty() ? "" : found.items.back().key.source.value;
    return json_response(200, {{"projectId", services.scope.project.value},
                               {"branchId", services.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sources", std::move(sources)}});
}

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source, load_source(services.catalog, services.source_key(call)));
    return json_response(200, render_source(source, services.scope));
}

using SourceEdit = Result<std::optional<Effect>> (*)(EditContext&, const SourceKey&, const Stamp&);

// Starts "disable.source" with "Source has been disabled successfully." and the like.
Result<Response> change(const Services& services, const Call& call, std::string_view verb,
                        SourceEdit edit) {
    const auto key = services.source_key(call);
    TRY(load_source(services.catalog, key));
    return start_change(services,
                        {.operation = fmt::format("{}.source", verb),
                         .source = key,
                         .sink = std::nullopt,
                         .success_text = fmt::format("Source has been {}d successfully.", verb)},
                        [&edits = services.edits, key, stamp = services.stamp(call), edit] {
                            return edit(edits, key, stamp);
                        });
}

// Dropping the tables too is a promise that must not be ignored silently.
Result<Response> remove(const Services& services, const Call& call) {
    const auto cascade = call.request.query.find("cascade");
    if (cascade != call.request.query.end() && cascade->second != "false") {
        return bad_request("\"cascade\" is not available in this version: tables are kept");
    }
    return change(services, call, "delete", delete_source);
}

}  // namespace

void add_sources(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("POST", std::string(kList), create);
    add("GET", std::string(kList), list);
    add("GET", std::string(kOne), get);
    add("DELETE", std::string(kOne), remove);
    add("PUT", std::string(kOne) + "/disable", [](const Services& s, const Call& call) {
        return change(s, call, "disable", disable_source);
    });
    add("PUT", std::string(kOne) + "/enable", [](const Services& s, const Call& call) {
        return change(s, call, "enable", enable_source);
    });
}

}  // namespace millrace::control
