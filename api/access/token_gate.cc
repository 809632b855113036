#include "api/access/token_gate.h"

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "api/access/credentials.h"
#include "api/access/token_digest.h"
#include "api/log/log.h"
#include "core/base/error_names.h"

namespace millrace::access {
namespace {

constexpr auto kBetweenWarnings = std::chrono::hours(24);

Error unauthorized(std::string_view text) {
    return Error(Code::unauthorized, std::string(text)).named(error_names::kApiUnauthorized);
}

}  // namespace

Result<Grant> TokenGate::check(std::string_view authorization, std::string_view peer_ip) {
    if (authorization.empty()) return unauthorized("An access token is needed.");
    const auto given = parse_credentials(authorization);
    if (!given) return refuse(peer_ip);
    if (admin_token_.matches(given->password)) {
        warn_of_admin();
        return Grant::of_admin();
    }
    const auto token = tokens_.find(token_digest(given->password));
    if (!token) return refuse(peer_ip);
    return Grant::of(*token);
}

Error TokenGate::refuse(std::string_view peer_ip) {
    const auto wait = wrong_.note(std::string(peer_ip));
    if (wait == Milliseconds(0)) return unauthorized("Invalid access token.");
    return too_many_wrong_tokens();
}

void TokenGate::warn_of_admin() {
    const auto now = clock_.steady();
    {
        const std::lock_guard lock(mutex_);
        if (now < next_warning_) return;
        next_warning_ = now + kBetweenWarnings;
    }
    log::warn("admin_token_loads", {{"message",
                                     "the installation's own token is used on the ingest port; a "
                                     "token of the role \"load\" is enough there"}});
}

}  // namespace millrace::access
