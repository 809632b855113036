#include "api/pinot/pinot_calls.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "api/access/credentials.h"
#include "api/control/api_errors.h"
#include "api/control/control_events.h"
#include "api/control/known_host.h"
#include "api/http/error_status.h"
#include "core/definitions/definition_errors.h"

namespace millrace::pinot {
namespace {

using control::Response;

Response error_answer(const Error& cause, const control::Request& request) {
    const auto error = definitions::explained(cause);
    const int status = http::status_of(error);
    std::string text = error.client_text();
    if (status >= 500) {
        control::emit(control::RequestFailed{.request_id = request.id,
                                             .method = request.method,
                                             .path = request.path,
                                             .error = error});
        if (status == 503) text = "It cannot be done now, please try again.";
        if (status == 500) text = "An error has happened.";
        text += fmt::format(" The log has the reason with the id {}.", request.id);
    }
    return json_answer({{"code", status}, {"error", text}}, status);
}

std::string token_of(const control::Request& request) {
    if (request.storage_token) return *request.storage_token;
    if (!request.authorization) return "";
    const auto credentials = access::parse_credentials(*request.authorization);
    return credentials ? credentials->password : std::string("?");  // what nobody has
}

// Without a token nothing protects from the pages that a user of this machine has open: they call
// from their own origin, or under a name that they let resolve to this address.
Result<void> refuse_pages(const PinotApi& api, const control::Request& request) {
    const auto& api_url = api.parts.scope.api_url;
    if (!request.origin && control::is_known_host(request.host.value_or(""), api_url)) return {};
    return control::forbidden("A page of a browser needs a token");
}

Result<Stamp> stamp_of(const PinotApi& api, const control::Request& request, PinotAccess access) {
    Stamp stamp{.at = api.parts.clock.wall(), .by = {}};
    const auto token = token_of(request);
    if (token.empty() && api.ports.options.is_open) {
        TRY(refuse_pages(api, request));
        return stamp;
    }
    if (token.empty()) {
        return Error(Code::unauthorized,
                     "A token is needed: Authorization: Bearer, or Basic with the token as "
                     "password")
            .named(error_names::kApiUnauthorized);
    }
    TRY_ASSIGN(auto caller, api.parts.auth.caller_of(token));
    TRY(control::require_api(caller));
    if (access == PinotAccess::change) TRY(control::require_admin(caller));
    stamp.by = std::move(caller.actor);
    return stamp;
}

Response refuse(const PinotApi& api, const Error& error, const control::Request& request) {
    if (error.code() != Code::unauthorized) return error_answer(error, request);
    const bool is_wrong = !token_of(request).empty();
    const auto wait = is_wrong ? api.parts.wrong_tokens.note(request.client_ip) : Milliseconds(0);
    auto response =
        error_answer(wait.count() > 0 ? access::too_many_wrong_tokens() : error, request);
    if (wait.count() > 0) {
        response.headers.emplace_back(
            "Retry-After",
            fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(wait).count()));
    } else {
        response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"millrace\"");
    }
    return response;
}

Response serve(const PinotApi& api, const control::Call& call, PinotAccess access,
               PinotHandler handler) {
    auto stamp = stamp_of(api, call.request, access);
    if (!stamp.ok()) return refuse(api, stamp.error(), call.request);
    auto answer = handler(api, {.request = call.request,
                                .name = call.path.table,
                                .job = call.path.task,
                                .stamp = std::move(stamp).value()});
    return answer.ok() ? std::move(answer).value() : error_answer(answer.error(), call.request);
}

}  // namespace

std::string PinotCall::parameter(std::string_view key) const {
    const auto found = request.query.find(key);
    return found == request.query.end() ? std::string() : found->second;
}

bool PinotCall::flag(std::string_view key, bool otherwise) const {
    const auto text = parameter(key);
    return text.empty() ? otherwise : text == "true" || text == "TRUE";
}

void add_endpoint(control::Router& router, const std::shared_ptr<const PinotApi>& api,
                  const char* method, std::string_view pattern, PinotAccess access,
                  PinotHandler handler) {
    // Who may is decided here: the answers of errors have another form.
    router.add(method, pattern, control::Access::open,
               [api, access, handler](const control::Call& call) -> Result<Response> {
                   return serve(*api, call, access, handler);
               });
}

Response json_answer(const Json& json, int status) {
    return Response{.status = status,
                    .body = json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Response status_answer(std::string text, const PinotFindings& findings) {
    Json json = {{"status", std::move(text)},
                 {"unrecognizedProperties", findings.unrecognized_properties()}};
    if (!findings.warnings().empty()) json["warnings"] = findings.warnings();
    return json_answer(json);
}

Response status_answer(std::string text) {
    return json_answer({{"status", std::move(text)}});
}

}  // namespace millrace::pinot
