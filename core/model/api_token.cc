#include "core/model/api_token.h"

namespace millrace {

std::string_view to_string(TokenRole role) {
    switch (role) {
        case TokenRole::admin:
            return "admin";
        case TokenRole::readonly:
            return "readonly";
        case TokenRole::load:
            return "load";
    }
    return "";
}

std::optional<TokenRole> token_role_from(std::string_view text) {
    for (const auto role : {TokenRole::admin, TokenRole::readonly, TokenRole::load}) {
        if (to_string(role) == text) return role;
    }
    return std::nullopt;
}

}  // namespace millrace
