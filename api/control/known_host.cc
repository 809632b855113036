#include "api/control/known_host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace millrace::control {
namespace {

// "Name.example.:8000" is "name.example", "[::1]:8000" is "::1".
std::string name_of(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    std::string name(host.substr(0, host.find(':')));
    if (name.ends_with('.')) name.pop_back();
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return name;
}

std::string_view authority_of(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    return url.substr(0, url.find('/'));
}

bool is_address(const std::string& name) {
    std::array<char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

}  // namespace

bool is_known_host(std::string_view host, std::string_view api_url) {
    const auto name = name_of(host);
    if (name.find('.') == std::string::npos || is_address(name)) return true;
    return name.ends_with(".localhost") || name == name_of(authority_of(api_url));
}

}  // namespace millrace::control
