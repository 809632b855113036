#include "core/base/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

constexpr IpBytes kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kMappedBytes = 12;
constexpr unsigned kMappedBits = 96;

bool is_ipv4(const IpBytes& ip) {
    return std::equal(ip.begin(), ip.begin() + kMappedBytes, kMappedPrefix.begin());
}

// The bits of byte `at` that belong to a prefix of `bits`.
std::uint8_t mask(unsigned bits, unsigned at) {
    const auto here = std::clamp(static_cast<int>(bits) - static_cast<int>(at * 8), 0, 8);
    return static_cast<std::uint8_t>(0xff00U >> static_cast<unsigned>(here));
}

Error not_a_network(std::string_view text) {
    return Error(Code::invalid,
                 fmt::format("\"{}\" is no network; write for example 10.0.0.0/8,::1", text));
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

Result<Network> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto ip = parse_ip(text.substr(0, slash));
    if (!ip) return not_a_network(text);
    const unsigned offset = is_ipv4(*ip) ? kMappedBits : 0;
    Network network{.address = *ip};
    if (slash == std::string_view::npos) return network;

    const auto number = text.substr(slash + 1);
    const auto* const end = number.data() + number.size();
    unsigned bits = 0;
    const auto [stop, failure] = std::from_chars(number.data(), end, bits);
    if (failure != std::errc() || stop != end || bits > 128 - offset) return not_a_network(text);
    network.bits = bits + offset;
    for (unsigned at = 0; at < network.address.size(); ++at) {
        if ((network.address[at] & ~mask(network.bits, at)) != 0) {
            return Error(Code::invalid,
                         fmt::format("\"{}\" has bits behind its prefix of {}", text, bits));
        }
    }
    return network;
}

std::string format_network(const Network& network) {
    const bool v4 = is_ipv4(network.address) && network.bits >= kMappedBits;
    char text[INET6_ADDRSTRLEN] = {};
    ::inet_ntop(v4 ? AF_INET : AF_INET6, network.address.data() + (v4 ? kMappedBytes : 0), text,
                sizeof(text));
    if (network.bits == 128) return text;
    return fmt::format("{}/{}", text, network.bits - (v4 ? kMappedBits : 0));
}

}  // namespace

std::optional<IpBytes> parse_ip(std::string_view text) {
    const std::string terminated(text);  // inet_pton wants it so
    IpBytes ip = kMappedPrefix;
    if (::inet_pton(AF_INET, terminated.c_str(), ip.data() + kMappedBytes) == 1) return ip;
    if (::inet_pton(AF_INET6, terminated.c_str(), ip.data()) == 1) return ip;
    return {};
}

bool Network::contains(const IpBytes& ip) const {
    for (unsigned at = 0; at < ip.size(); ++at) {
        if (((ip[at] ^ address[at]) & mask(bits, at)) != 0) return false;
    }
    return true;
}

Result<std::vector<Network>> parse_networks(std::string_view text) {
    std::vector<Network> networks;
    while (true) {
        const auto comma = text.find(',');
        TRY_ASSIGN(const auto network, parse_network(trimmed(text.substr(0, comma))));
        networks.push_back(network);
        if (comma == std::string_view::npos) return networks;
        text.remove_prefix(comma + 1);
    }
}

std::string format_networks(const std::vector<Network>& networks) {
    std::string text;
    for (const auto& network : networks) {
        if (!text.empty()) text += ',';
        text += format_network(network);
    }
    return text;
}

}  // namespace millrace
