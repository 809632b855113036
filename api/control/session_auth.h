#pragma once
// SessionAuth: who sends a request with the cookie of a session instead of a token.
//
// A browser adds the cookie by itself, also to what a page of somebody else sends. So a request
// with it must come from a page of this service, and one that changes something must repeat a text
// that only such a page can read, in X-Millrace-CSRF. The token that opened the session is looked
// up each time: a session ends with its token.
//
// Thread    any.
// Lifetime  `auth` and `sessions` must outlive it.
// See       docs/console.md

#include <optional>
#include <string>
#include <string_view>

#include "api/access/sessions.h"
#include "api/control/auth.h"
#include "api/control/http_message.h"
#include "core/base/result.h"

namespace millrace::control {

inline constexpr std::string_view kSessionCookie = "millrace_session";
inline constexpr std::string_view kCsrfHeader = "X-Millrace-CSRF";
// Pages and calls below it are for this service's own pages alone.
inline constexpr std::string_view kConsolePath = "/console";

// What the cookie of a request says, whether there is such a session or not.
std::optional<std::string> session_id_of(const Request& request);

// Errors  invalid  stream.api.forbidden: the browser says that a page of another site sends it.
//                  `api_url` is where browsers see this service, if a proxy gives it another Host.
Result<void> require_own_page(const Request& request, std::string_view api_url);

struct OpenSession {
    Caller caller;
    access::Session session;
};

class SessionAuth {
public:
    SessionAuth(const Auth& auth, access::Sessions& sessions, std::string api_url)
        : auth_(auth), sessions_(sessions), api_url_(std::move(api_url)) {}

    // Whether the cookie decides: the request is one to the REST API, below /v1, and has no token.
    static bool decides(const Request& request);

    // Who sends it.
    // Errors  unauthorized  stream.api.unauthorized: no session, or one whose token is gone
    //         invalid       stream.api.forbidden: from another page, or a change without the
    //                       session's X-Millrace-CSRF
    //         those of the catalog
    Result<Caller> authenticate(const Request& request) const;

    // The session that the cookie names, whatever the request wants.
    // Errors  unauthorized, and those of the catalog, as above
    Result<OpenSession> find(const Request& request) const;

    // Errors  invalid  stream.api.forbidden
    static Result<void> require_csrf(const Request& request, const access::Session& session);

private:
    const Auth& auth_;
    access::Sessions& sessions_;
    const std::string api_url_;
};

}  // namespace millrace::control
