#include "api/http/refusals.h"

#include <fmt/format.h>

#include <new>

#include "core/base/byte_size.h"

namespace millrace::http {

Error bad_request(std::string_view what) {
    return Error(Code::invalid, fmt::format("Invalid HTTP request: {}.", what)).named(kBadRequest);
}

Error header_too_large(std::uint64_t bytes_max) {
    return Error(Code::too_large, fmt::format("Request header size is over the maximum \"{}\".",
                                              format_byte_size(bytes_max)))
        .named(kHeaderTooLarge);
}

Error too_many_headers(std::uint32_t lines_max) {
    return Error(Code::too_large, fmt::format("Request has more than {} headers.", lines_max))
        .named(kHeaderTooLarge);
}

Error body_too_large(std::uint64_t bytes_max) {
    return Error(Code::too_large, fmt::format("Request body size is over the maximum \"{}\".",
                                              format_byte_size(bytes_max)))
        .named(kBodyTooLarge);
}

Error body_torn() {
    return Error(Code::invalid, "The client has ended its side before the end of the body.")
        .named(kBodyTorn);
}

Error tls_to_plain_port() {
    return bad_request(
        "the client speaks TLS and this port plain HTTP; use http:// instead of https://, or give "
        "the service a certificate (see docs/security.md)");
}

Error request_timeout() {
    return Error(Code::unavailable, "The request has not come whole in time.")
        .named(kRequestTimeout);
}

Error memory_full() {
    return Error(Code::overloaded, "Too much is being received, please retry later.")
        .named(kMemoryFull);
}

Error failed_at(const std::exception& exception) {
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) return memory_full();
    return Error(Code::overloaded, "The service could not handle the request, please retry later.")
        .named(kServiceFailed);
}

Error too_many_connections() {
    return Error(Code::overloaded, "Too many connections, please retry later.")
        .named(kTooManyConnections);
}

Error proxy_head_missing() {
    return bad_request(
        "the connection came from a trusted proxy and does not begin with a head of the PROXY "
        "protocol; let the proxy send it, or turn ingest.proxy-protocol off");
}

}  // namespace millrace::http
