#include "api/console/session_endpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "api/access/token_digest.h"
#include "api/console/console_events.h"
#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/control/render.h"
#include "core/model/api_token.h"

namespace millrace::console {
namespace {

using control::Call;
using control::Request;
using control::Response;

constexpr std::string_view kPath = "/console/session";
constexpr control::TextLength kTokenLength{.min = 1, .max = 1000};

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

Result<std::string> parse_token(std::string_view body) {
    TRY_ASSIGN(const auto json, control::parse_json_object(body));
    control::Problems problems;
    control::ObjectReader reader(json, "body", problems);
    auto token = trimmed(reader.required_text("token", kTokenLength).value_or(""));
    reader.finish();
    TRY(problems.result());
    return token;
}

// A proxy with TLS in front is known by the public URL. Who comes around it, without TLS, would
// never send a cookie that is marked.
bool comes_by_tls(const ConsoleApi& api, const Request& request) {
    if (api.ports.has_tls) return true;
    constexpr std::string_view kHttps = "https://";
    std::string_view url = api.parts.scope.api_url;
    if (!url.starts_with(kHttps)) return false;
    url.remove_prefix(kHttps.size());
    return request.host && url.substr(0, url.find('/')) == *request.host;
}

// For all paths, because the REST API is at /v1 and the page at /console/.
std::string cookie_text(const ConsoleApi& api, const Request& request, std::string_view id,
                        std::chrono::seconds life) {
    return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}",
                       control::kSessionCookie, id, life.count(),
                       comes_by_tls(api, request) ? "; Secure" : "");
}

Response session_answer(const control::Caller& caller, const access::Session& session) {
    return control::json_response(200, {{"role", to_string(caller.role)},
                                        {"description", caller.actor.token_description},
                                        {"csrf", session.csrf.expose()},
                                        {"expiresAt", format_utc(session.expires_at)}});
}

Response refuse_token(const ConsoleApi& api, const Error& error, const Request& request) {
    const auto wait = api.parts.wrong_tokens.note(request.client_ip);
    if (wait == Milliseconds(0)) return control::error_response(error, request.id);
    auto response = control::error_response(access::too_many_wrong_tokens(), request.id);
    response.headers.emplace_back(
        "Retry-After", fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(wait).count()));
    return response;
}

Result<void> require_page_role(const control::Caller& caller) {
    if (caller.role != TokenRole::load) return {};
    return control::forbidden(
        "A token of the role \"load\" only loads rows. Sign in with a token of the role \"admin\" "
        "or \"readonly\".");
}

Result<Response> sign_in(const ConsoleApi& api, const Call& call) {
    const auto& request = call.request;
    const auto& parts = api.parts;
    // A page of somebody else could sign the browser in with a token of its own.
    TRY(control::require_own_page(request, parts.scope.api_url));
    TRY_ASSIGN(const auto token, parse_token(request.body));
    auto caller = parts.auth.caller_of(token);
    if (!caller.ok()) {
        if (caller.error().code() != Code::unauthorized) return caller.error();
        return refuse_token(api, caller.error(), request);
    }
    TRY(require_page_role(caller.value()));
    if (const auto before = control::session_id_of(request)) parts.sessions.close(*before);
    const auto opened = parts.sessions.open(access::token_digest(token));
    emit(SignedIn{.token = caller.value().actor.token_id, .client_ip = request.client_ip});
    auto response = session_answer(caller.value(), opened.session);
    const auto life = std::chrono::duration_cast<std::chrono::seconds>(opened.session.expires_at -
                                                                       parts.clock.wall());
    response.headers.emplace_back("Set-Cookie", cookie_text(api, request, opened.id, life));
    return response;
}

Result<Response> show(const ConsoleApi& api, const Call& call) {
    TRY(control::require_own_page(call.request, api.parts.scope.api_url));
    TRY_ASSIGN(const auto open, api.parts.session_auth.find(call.request));
    return session_answer(open.caller, open.session);
}

// Signing out twice is no error.
Result<Response> sign_out(const ConsoleApi& api, const Call& call) {
    const auto& request = call.request;
    TRY(control::require_own_page(request, api.parts.scope.api_url));
    const auto open = api.parts.session_auth.find(request);
    if (open.ok()) {
        TRY(control::SessionAuth::require_csrf(request, open.value().session));
        api.parts.sessions.close(control::session_id_of(request).value_or(""));
    } else if (open.error().code() != Code::unauthorized) {
        return open.error();
    }
    return Response{
        .status = 204,
        .body = "",
        .content_type = "",
        .headers = {{"Set-Cookie", cookie_text(api, request, "", std::chrono::seconds(0))}}};
}

}  // namespace

void add_session_endpoints(control::Router& router, const std::shared_ptr<const ConsoleApi>& api) {
    const auto add = [&](const char* method,
                         Result<Response> (*handle)(const ConsoleApi&, const Call&)) {
        router.add(method, kPath, control::Access::open,
                   [api, handle](const Call& call) { return handle(*api, call); });
    };
    add("POST", sign_in);
    add("GET", show);
    add("DELETE", sign_out);
}

}  // namespace millrace::console
