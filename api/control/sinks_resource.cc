#include "api/control/sinks_resource.h"

#include <fmt/format.h>

#include "api/control/api_errors.h"
#include "api/control/definition_requests.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/sink_edits.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/sources/{sourceId}/sinks";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}";

Result<Response> create(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink,
               parse_new_sink(call.request.body, services.source_key(call), services.edits.limits));
    const auto& key = sink.key;
    TRY(load_source(services.catalog, key.source));
    auto reservation = services.reservations.take(
        fmt::format("sink/{}/{}", key.source.source.value, key.sink.value));
    if (reservation == nullptr) return sink_already_exists(key.sink);
    TRY_ASSIGN(const auto found, services.catalog.find_sink(key));
    if (found && !found->deleted) return sink_already_exists(key.sink);
    TRY_ASSIGN(const auto page, services.catalog.sinks(key.source, {.after_id = "", .limit = 1}));
    if (page.total_count >= kSinksMax) return sink_limit_reached(kSinksMax);

    return start_change(
        services,
        {.operation = "create.sink",
         .source = key.source,
         .sink = key.sink,
         .success_text = "Sink has been created successfully."},
        [&edits = services.edits, sink, stamp = services.stamp(call)] {
            return create_sink(edits, sink, stamp);
        },
        std::move(reservation));
}

Result<Response> list(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    const auto key = services.source_key(call);
    TRY(load_source(services.catalog, key));
    TRY_ASSIGN(const auto found, services.catalog.sinks(key, page));
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
    TRY_ASSIGN(const auto sink, load_sink(services.catalog, services.sink_key(call)));
    return json_response(200, render_sink(sink));
}

using SinkEdit = Result<std::optional<Effect>> (*)(EditContext&, const SinkKey&, const Stamp&);

// Starts "disable.sink" with "Sink has been disabled successfully." and the like.
Result<Response> change(const Services& services, const Call& call, std::string_view verb,
                        SinkEdit edit) {
    const auto key = services.sink_key(call);
    TRY(load_sink(services.catalog, key));
    return start_change(services,
                        {.operation = fmt::format("{}.sink", verb),
                         .source = key.source,
                         .sink = key.sink,
                         .success_text = fmt::format("Sink has been {}d successfully.", verb)},
                        [&edits = services.edits, key, stamp = services.stamp(call), edit] {
                            return edit(edits, key, stamp);
                        });
}

}  // namespace

void add_sinks(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string pattern, auto handler) {
        router.add(method, pattern, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("POST", std::string(kList), create);
    add("GET", std::string(kList), list);
    add("GET", std::string(kOne), get);
    add("DELETE", std::string(kOne),
        [](const Services& s, const Call& call) { return change(s, call, "delete", delete_sink); });
    add("PUT", std::string(kOne) + "/disable", [](const Services& s, const Call& call) {
        return change(s, call, "disable", disable_sink);
    });
    add("PUT", std::string(kOne) + "/enable",
        [](const Services& s, const Call& call) { return change(s, call, "enable", enable_sink); });
}

}  // namespace millrace::control
