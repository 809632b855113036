#pragma once
// Auth: who may use the API, and for what. A token is the installation's own, which may do
// everything and is never in the catalog, or one of those made at /v1/tokens.
//
// Thread  any.

#include <optional>
#include <string>
#include <string_view>

#include "api/control/http_message.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/model/api_token.h"
#include "core/model/version.h"
#include "core/ports/token_catalog.h"

namespace millrace::control {

// The id of the installation's own token in the `by` of versions.
inline constexpr std::string_view kOwnTokenId = "admin";

struct Caller {
    Actor actor;
    TokenRole role = TokenRole::readonly;
};

class Auth {
public:
    Auth(const Secret& admin_token, ProjectId project, TokenCatalog& tokens);

    // Who sends the request: X-StorageApi-Token, or `Authorization: Bearer` where that is absent.
    // A token that was deleted does not count from its deletion on.
    // Errors  invalid       stream.api.missingField: no token
    //         unauthorized  stream.api.unauthorized: a wrong one
    //         those of the catalog
    Result<Caller> authenticate(const Request& request) const;

    // Whose token it is.
    // Errors  unauthorized, and those of the catalog, as above
    Result<Caller> caller_of(std::string_view token) const;

    // Whose token has that digest (api/access/token_digest.h).
    // Errors  as caller_of()
    Result<Caller> caller_of_digest(const std::string& digest) const;

private:
    const std::string admin_digest_;
    const ProjectId project_;
    TokenCatalog& tokens_;
};

// Whether it carries a token in one of the two headers, right or wrong.
bool has_token(const Request& request);

// ok unless the token is of the role `load`, which the REST API is not for.
// Errors  invalid  stream.api.forbidden
Result<void> require_api(const Caller& caller);

// ok for an administrator.
// Errors  invalid  stream.api.forbidden
Result<void> require_admin(const Caller& caller);

}  // namespace millrace::control
