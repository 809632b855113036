#pragma once
// Addresses as people write them: where to listen, and under which URL others reach it.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace millrace::config {

struct Endpoint {
    std::string host;        // an IP address without brackets, or a name
    std::uint16_t port = 0;  // 0 takes a free port

    bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:8000", "localhost:7000", "[::1]:0". The host is required: to listen on all interfaces
// is a decision that is written down as 0.0.0.0 or [::]. A name is looked up when the port is
// bound.
// Errors  invalid, with the remedy
Result<Endpoint> parse_endpoint(std::string_view text);

// The inverse: IPv6 addresses in brackets.
std::string format_endpoint(const Endpoint& endpoint);

// "https://stream.example.com", "http://10.0.0.1:8000/millrace"; returned without trailing slashes,
// ready for a path to be appended.
// Errors  invalid, with the remedy
Result<std::string> parse_public_url(std::string_view text);

}  // namespace millrace::config
