#include "api/control/session_auth.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/request_header.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

// "https://Name:8000/x" is "Name:8000".
std::string_view authority_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

bool changes_something(const Request& request) {
    return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

Error another_page() {
    return forbidden(
        "Only pages of this service may use the session of the console; a page of another site "
        "needs a token in X-StorageApi-Token.");
}

}  // namespace

std::optional<std::string> session_id_of(const Request& request) {
    for (const auto& [name, value] : request.headers) {
        if (!is_same_name(name, "Cookie")) continue;
        for (std::string_view left = value; !left.empty();) {
            const auto end = std::min(left.find(';'), left.size());
            const auto pair = trimmed(left.substr(0, end));
            left.remove_prefix(std::min(end + 1, left.size()));
            const auto equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != kSessionCookie) {
                continue;
            }
            return std::string(pair.substr(equals + 1));
        }
    }
    return std::nullopt;
}

// Sec-Fetch-Site is the browser's own word, which no page can set; browsers leave it out over plain
// HTTP to other machines, and then say Origin with everything that changes something.
Result<void> require_own_page(const Request& request, std::string_view api_url) {
    if (const auto site = header_of(request, "Sec-Fetch-Site")) {
        // "none": the address was typed, or is a bookmark.
        const bool is_own =
            *site == "same-origin" || (*site == "none" && !changes_something(request));
        return is_own ? Result<void>() : another_page();
    }
    if (!request.origin) return {};
    const auto from = authority_of(*request.origin);
    const bool is_own =
        is_same_name(from, request.host.value_or("")) || is_same_name(from, authority_of(api_url));
    return is_own ? Result<void>() : another_page();
}

bool SessionAuth::decides(const Request& request) {
    return request.path.starts_with("/v1/") && !has_token(request) && session_id_of(request);
}

Result<Caller> SessionAuth::authenticate(const Request& request) const {
    TRY(require_own_page(request, api_url_));
    TRY_ASSIGN(auto open, find(request));
    if (changes_something(request)) TRY(require_csrf(request, open.session));
    return std::move(open.caller);
}

Result<OpenSession> SessionAuth::find(const Request& request) const {
    const auto ended = [] {
        return Error(Code::unauthorized, "There is no session, or it has ended: sign in again.")
            .named(error_names::kApiUnauthorized);
    };
    const auto id = session_id_of(request);
    if (!id) return ended();
    auto session = sessions_.find(*id);
    if (!session) return ended();
    auto caller = auth_.caller_of_digest(session->token_digest);
    if (!caller.ok()) {
        if (caller.error().code() != Code::unauthorized) return caller.error();
        sessions_.close(*id);
        return ended();
    }
    return OpenSession{.caller = std::move(caller).value(), .session = std::move(*session)};
}

Result<void> SessionAuth::require_csrf(const Request& request, const access::Session& session) {
    const auto given = header_of(request, kCsrfHeader);
    if (given && session.csrf.matches(*given)) return {};
    return forbidden(fmt::format(
        "With the cookie of a session, a request that changes something needs the header {} with "
        "the \"csrf\" of the session.",
        kCsrfHeader));
}

}  // namespace millrace::control
