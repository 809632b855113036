#include "storage/staging/s3/s3_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace::s3 {
namespace {

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_of(std::string_view text, std::string_view more) {
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return is_letter_or_digit(c) || more.find(c) != std::string_view::npos;
    });
}

bool is_port(std::string_view text) {
    unsigned port = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
    return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && port >= 1 &&
           port <= 65535;
}

// A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
bool is_authority(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos || !is_of(text.substr(1, end - 1), ":.")) return false;
        const auto rest = text.substr(end + 1);
        return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
    }
    const auto colon = text.find(':');
    if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
    return is_of(text.substr(0, colon), ".-_");
}

}  // namespace

Result<Address> address_of(const AddressOptions& options) {
    if (!is_of(options.bucket, ".-_") || options.bucket.size() > 255) {
        return Error(Code::invalid, fmt::format("\"{}\" is no name of a bucket", options.bucket));
    }
    if (!is_of(options.region, "-_")) {
        return Error(Code::invalid, fmt::format("\"{}\" is no name of a region", options.region));
    }
    auto endpoint = options.endpoint;
    if (endpoint.empty()) endpoint = fmt::format("https://s3.{}.amazonaws.com", options.region);
    if (endpoint.ends_with('/')) endpoint.pop_back();
    const auto scheme = endpoint.starts_with(kHttps) ? kHttps : kHttp;
    if (!endpoint.starts_with(scheme) || !is_authority(endpoint.substr(scheme.size()))) {
        return Error(Code::invalid,
                     fmt::format("the endpoint must be http[s]://HOST[:PORT], not \"{}\"",
                                 options.endpoint));
    }
    auto host = endpoint.substr(scheme.size());
    std::string path = "/";
    if (options.addressing == Addressing::path) {
        path += options.bucket + "/";
    } else {
        host = fmt::format("{}.{}", options.bucket, host);
    }
    return Address{.origin = std::string(scheme) + host, .host = host, .path = path};
}

}  // namespace millrace::s3
