#pragma once
// ApiToken: what a client shows to use the API, other than the administrator's own token.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/model/version.h"

namespace millrace {

using TokenId = Id<std::string, struct TokenTag>;  // made at random

enum class TokenRole {
    admin,     // everything
    readonly,  // everything that changes nothing
    load       // rows into tables of its buckets, by the doors that load; nothing of the REST API
};

std::string_view to_string(TokenRole role);
std::optional<TokenRole> token_role_from(std::string_view text);

struct ApiToken {
    ProjectId project;
    TokenId id;
    std::string digest;  // of the token's text, which is not kept: SHA-256, 64 hex digits
    std::string description;
    TokenRole role = TokenRole::readonly;
    std::vector<std::string> buckets;  // of role `load`: "in.c-shop"
    Stamp created;

    bool operator==(const ApiToken&) const = default;
};

}  // namespace millrace
