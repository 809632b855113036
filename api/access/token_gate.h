#pragma once
// TokenGate: who may use a door of the ingest port, by the `Authorization` of a request.
//
// `Basic` with any user name and an API token as the password, or `Bearer` with the token. The
// tokens are those of LiveTokens: nothing waits for the catalog, and one that is deleted is refused
// from then on, whichever loop asks. Wrong ones are counted and slowed down with those of the REST
// API (wrong_tokens.h); a right one is never slowed down.
//
// Each day one warning says that the installation's own token is used by a door: one that may load
// is enough.
//
// Thread  any.

#include <mutex>
#include <string_view>

#include "api/access/grant.h"
#include "api/access/live_tokens.h"
#include "api/access/wrong_tokens.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/ports/clock.h"

namespace millrace::access {

class TokenGate {
public:
    TokenGate(Secret admin_token, const LiveTokens& tokens, WrongTokens& wrong, const Clock& clock)
        : admin_token_(std::move(admin_token)), tokens_(tokens), wrong_(wrong), clock_(clock) {}

    // Errors  unauthorized stream.api.unauthorized: no token, or a wrong one;
    //         overloaded stream.api.tooManyWrongTokens: one of too many from this address
    Result<Grant> check(std::string_view authorization, std::string_view peer_ip);

private:
    Error refuse(std::string_view peer_ip);
    void warn_of_admin();

    const Secret admin_token_;
    const LiveTokens& tokens_;
    WrongTokens& wrong_;
    const Clock& clock_;
    std::mutex mutex_;
    SteadyTime next_warning_{};
};

}  // namespace millrace::access
