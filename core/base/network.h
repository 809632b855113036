#pragma once
// Network: a range of IP addresses, as people write it: "10.0.0.0/8", "::1".

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace {

// 16 bytes; an IPv4 address is ::ffff:a.b.c.d (RFC 4291 2.5.5.2).
using IpBytes = std::array<std::uint8_t, 16>;

// "192.0.2.1", "2001:db8::1"; nothing for another text.
std::optional<IpBytes> parse_ip(std::string_view text);

struct Network {
    IpBytes address = {};
    unsigned bits = 128;  // of `address` that count, 96 more than written for IPv4

    bool contains(const IpBytes& ip) const;
    bool operator==(const Network&) const = default;
};

// Networks separated by commas; one address is a network too.
// Errors  invalid, with the remedy
Result<std::vector<Network>> parse_networks(std::string_view text);

// The inverse.
std::string format_networks(const std::vector<Network>& networks);

}  // namespace millrace
