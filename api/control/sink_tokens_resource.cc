#include "api/control/sink_tokens_resource.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/definitions/edit_context.h"
#include "core/ports/sink_access.h"

namespace millrace::control {
namespace {

constexpr std::string_view kAll = "/v1/branches/{branchId}/sink-tokens";
constexpr std::string_view kOne = "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/token";

std::string id_of(const SinkToken& token) {
    return fmt::format("{}/{}/{}", token.key.source.source.value, token.key.sink.value,
                       token.target.value);
}

OrderedJson render_token(const SinkToken& token) {
    OrderedJson json = {{"id", id_of(token)},
                        {"sourceId", token.key.source.source.value},
                        {"sinkId", token.key.sink.value},
                        {"target", token.target.value},
                        {"bucket", std::string(token.table.bucket())},
                        {"description", description_of(token)},
                        {"state", to_string(token.state)}};
    json["role"] = token.state == SinkTokenState::refused || token.role.empty()
                       ? OrderedJson()
                       : OrderedJson(token.role);
    json["reason"] = token.reason.empty() ? OrderedJson() : OrderedJson(token.reason);
    json["changedAt"] = format_utc(token.changed_at);
    return json;
}

// Why a sink has none.
std::string reason_of(const SinkTokensApi& api, const Sink& sink) {
    auto* const target = api.targets.find(sink.target);
    if (target == nullptr) {
        return fmt::format("The target \"{}\" is not configured.", sink.target.value);
    }
    if (dynamic_cast<SinkAccess*>(target) == nullptr) {
        return fmt::format(
            "The target \"{}\" needs none: its tables are files that only the service opens.",
            sink.target.value);
    }
    return "The sink writes as the role of the target: roles are off for that (option roles), or "
           "the sink is older than they are; disable and enable it then.";
}

Result<Response> get(const SinkTokensApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY_ASSIGN(auto token, api.tokens.sink_token(sink.target, sink.number));
    if (!token) {
        return json_response(200, {{"token", nullptr}, {"reason", reason_of(api, sink)}});
    }
    OrderedJson reason;
    if (!token->reason.empty()) reason = token->reason;
    return json_response(200, {{"token", render_token(*token)}, {"reason", reason}});
}

Result<Response> list(const SinkTokensApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found, api.tokens.shown_sink_tokens(api.scope.project, page));
    auto tokens = OrderedJson::array();
    for (const auto& token : found.items) tokens.push_back(render_token(token));
    const auto last_id = found.items.empty() ? std::string() : id_of(found.items.back());
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"tokens", std::move(tokens)}});
}

}  // namespace

void add_sink_tokens(Router& router, const SinkTokensApi& api) {
    const Routes<SinkTokensApi> routes(router, api);
    routes.add("GET", kAll, list, {"afterId", "limit"});
    routes.add("GET", kOne, get);
}

}  // namespace millrace::control
