#include "api/control/auth.h"

#include <string_view>

#include "api/access/credentials.h"
#include "api/access/token_digest.h"
#include "api/control/api_errors.h"
#include "core/base/error_names.h"

namespace millrace::control {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

// The token a request carries; empty if none. A scheme word before the token is cut.
std::string_view given_token(const Request& request) {
    if (request.storage_token) {
        const auto text = trimmed(*request.storage_token);
        const auto space = text.find(' ');
        return space == std::string_view::npos ? text : trimmed(text.substr(space));
    }
    return request.authorization ? access::bearer_token(*request.authorization)
                                 : std::string_view();
}

}  // namespace

Auth::Auth(const Secret& admin_token, ProjectId project, TokenCatalog& tokens)
    : admin_digest_(access::token_digest(admin_token.expose())),
      project_(project),
      tokens_(tokens) {}

Result<Caller> Auth::authenticate(const Request& request) const {
    const auto text = given_token(request);
    if (text.empty()) {
        return Error(Code::invalid, "\"X-StorageApi-Token\" is missing from header.")
            .named(kMissingField);
    }
    return caller_of(text);
}

// By digest, so how far a wrong token agrees with a right one shows nowhere.
Result<Caller> Auth::caller_of(std::string_view text) const {
    return caller_of_digest(access::token_digest(text));
}

Result<Caller> Auth::caller_of_digest(const std::string& digest) const {
    if (constant_time_equal(admin_digest_, digest)) {
        return Caller{.actor = {.type = "user",
                                .token_id = std::string(kOwnTokenId),
                                .token_description = "admin token"},
                      .role = TokenRole::admin};
    }
    TRY_ASSIGN(const auto found, tokens_.find_token(project_, digest));
    if (!found || !constant_time_equal(found->digest, digest)) {
        return Error(Code::unauthorized, "Invalid access token.")
            .named(error_names::kApiUnauthorized);
    }
    return Caller{.actor = {.type = "user",
                            .token_id = found->id.value,
                            .token_description = found->description},
                  .role = found->role};
}

bool has_token(const Request& request) {
    return !given_token(request).empty();
}

Result<void> require_api(const Caller& caller) {
    if (caller.role != TokenRole::load) return {};
    return forbidden("A token of the role \"load\" only loads rows, on the ingest port.");
}

Result<void> require_admin(const Caller& caller) {
    if (caller.role == TokenRole::admin) return {};
    return forbidden("Only admin token can do write operations on streams.");
}

}  // namespace millrace::control
