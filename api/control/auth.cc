#include "api/control/auth.h"

#include <string_view>

#include "api/control/api_errors.h"

namespace millrace::control {
namespace {

bool is_bearer(std::string_view scheme) {
    constexpr std::string_view kBearer = "bearer";
    if (scheme.size() != kBearer.size()) return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = scheme[i];
        const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (lower != kBearer[i]) return false;
    }
    return true;
}

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
    if (!request.authorization) return {};
    const auto text = trimmed(*request.authorization);
    const auto space = text.find(' ');
    if (space == std::string_view::npos || !is_bearer(text.substr(0, space))) return {};
    return trimmed(text.substr(space));
}

}  // namespace

Result<Actor> Auth::authenticate(const Request& request) const {
    const auto token = given_token(request);
    if (token.empty()) {
        return Error(Code::invalid, "\"X-StorageApi-Token\" is missing from header.")
            .named(kMissingField);
    }
    if (!admin_token_.matches(token)) {
        return Error(Code::unauthorized, "Invalid access token.").named("stream.api.unauthorized");
    }
    return Actor{.type = "user", .token_id = "admin", .token_description = "admin token"};
}

}  // namespace millrace::control
