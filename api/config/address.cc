#include "api/config/address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::config {
namespace {

constexpr std::size_t kHostLengthMax = 253;  // of a DNS name
constexpr std::string_view kHostRemedy = "write HOST:PORT, for example 127.0.0.1:8000";

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_name_or_ipv4(std::string_view host) {
    return !host.empty() && host.size() <= kHostLengthMax && is_alphanumeric(host.front()) &&
           std::ranges::all_of(
               host, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

// A filter of characters; the resolver has the last word.
bool is_ipv6(std::string_view host) {
    return std::ranges::count(host, ':') >= 2 && std::ranges::all_of(host, [](char c) {
               return is_alphanumeric(c) || c == ':' || c == '.' || c == '%';
           });
}

Error invalid(std::string_view problem, std::string_view remedy) {
    return Error(Code::invalid, fmt::format("{}; {}", problem, remedy));
}

Result<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, port);
    if (text.empty() || failure != std::errc() || stop != end) {
        return invalid(fmt::format("port \"{}\" is not a number from 0 to 65535", text),
                       "write for example 127.0.0.1:8000; port 0 takes a free one");
    }
    return port;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || text.ends_with(']'))
        return invalid("no port", kHostRemedy);
    TRY_ASSIGN(const auto port, parse_port(text.substr(colon + 1)));

    auto host = text.substr(0, colon);
    if (host.empty()) {
        return invalid("no host",
                       fmt::format("write 127.0.0.1:{0} for this machine only or 0.0.0.0:{0} "
                                   "for all its interfaces",
                                   port));
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_ipv6(host))
            return invalid("no IPv6 address in the brackets", "write for example [::1]:8000");
    } else if (is_ipv6(host)) {
        return invalid("an IPv6 address needs brackets", "write for example [::1]:8000");
    } else if (!is_name_or_ipv4(host)) {
        return invalid("not a host name or an IP address", kHostRemedy);
    }
    return Endpoint{.host = std::string(host), .port = port};
}

std::string format_endpoint(const Endpoint& endpoint) {
    const bool is_v6 = endpoint.host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

Result<std::string> parse_public_url(std::string_view text) {
    constexpr std::string_view kRemedy = "write for example https://stream.example.com";
    std::string_view rest = text;
    if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return invalid("does not begin with http:// or https://", kRemedy);
    }
    const bool has_only_url_characters =
        std::ranges::all_of(rest, [](char c) { return c > ' ' && c < 0x7f; });
    if (!has_only_url_characters)
        return invalid("holds a blank or a character outside ASCII", kRemedy);
    if (rest.find_first_of("?#") != std::string_view::npos) {
        return invalid("has a query or a fragment",
                       "paths are appended to this URL, leave these out");
    }

    const auto authority = rest.substr(0, rest.find('/'));
    if (authority.find('@') != std::string_view::npos) {
        return invalid("has a user name", "clients see this URL, leave it out");
    }
    const bool has_port =
        !authority.ends_with(']') && authority.find(':') != std::string_view::npos;
    const auto endpoint =
        parse_endpoint(has_port ? std::string(authority) : fmt::format("{}:0", authority));
    if (!endpoint.ok() || (has_port && endpoint.value().port == 0)) {
        return invalid("has no valid host and port", kRemedy);
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    return std::string(text);
}

}  // namespace millrace::config
