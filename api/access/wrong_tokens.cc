#include "api/access/wrong_tokens.h"

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>

#include "api/log/log.h"
#include "core/base/error_names.h"

namespace millrace::access {
namespace {

constexpr auto kEach = std::chrono::seconds(1);
constexpr auto kSaved = std::chrono::seconds(10);
constexpr auto kBetweenLines = std::chrono::seconds(10);

// The address as bytes, of IPv6 the network only.
std::string network_of(const std::string& ip) {
    constexpr std::size_t kNetworkBytes = 8;
    std::array<char, sizeof(in6_addr)> bytes{};
    if (::inet_pton(AF_INET6, ip.c_str(), bytes.data()) == 1) return {bytes.data(), kNetworkBytes};
    return ip;
}

}  // namespace

Milliseconds WrongTokens::note(const std::string& client_ip) {
    count_.fetch_add(1, std::memory_order_relaxed);
    const auto now = clock_.steady();
    const std::lock_guard lock(mutex_);
    ++unlogged_;
    if (now >= next_line_) {
        tell(client_ip);
        unlogged_ = 0;
        next_line_ = now + kBetweenLines;
    }
    auto& paid_at = paid_at_[std::hash<std::string>()(network_of(client_ip)) % paid_at_.size()];
    const auto after = std::max(paid_at, now) + kEach;
    if (after <= now + kSaved) {
        paid_at = after;
        return Milliseconds(0);
    }
    return std::chrono::ceil<Milliseconds>(after - now - kSaved);
}

void WrongTokens::tell(const std::string& client_ip) const {
    switch (of_) {
        case Of::tokens:
            return log::warn("wrong_token", {{"client_ip", client_ip}, {"count", unlogged_}});
        case Of::secrets:
            return log::warn("wrong_secret", {{"client_ip", client_ip}, {"count", unlogged_}});
    }
}

Error too_many_wrong_tokens() {
    return Error(Code::overloaded, "Too many wrong access tokens from this address.")
        .named(error_names::kApiTooManyWrongTokens);
}

}  // namespace millrace::access
