#pragma once
// What the connection layer refuses by itself, as errors. Their names lack the prefix of the door
// (`stream.in.`), which is the door's to add.

#include <cstdint>
#include <exception>
#include <string_view>

#include "core/base/error.h"

namespace millrace::http {

inline constexpr std::string_view kBadRequest = "badRequest";
inline constexpr std::string_view kHeaderTooLarge = "headerTooLarge";
inline constexpr std::string_view kBodyTooLarge = "bodyTooLarge";
inline constexpr std::string_view kBodyTorn = "bodyTorn";
inline constexpr std::string_view kRequestTimeout = "requestTimeout";
inline constexpr std::string_view kMemoryFull = "memoryFull";
inline constexpr std::string_view kServiceFailed = "serviceFailed";
inline constexpr std::string_view kTooManyConnections = "tooManyConnections";

Error bad_request(std::string_view what);  // "folded header line"
Error header_too_large(std::uint64_t bytes_max);
Error too_many_headers(std::uint32_t lines_max);
Error body_too_large(std::uint64_t bytes_max);
Error body_torn();
Error tls_to_plain_port();
Error request_timeout();
Error memory_full();
// Of a request at which its door threw: it may be sent again.
Error failed_at(const std::exception& exception);
Error too_many_connections();
Error proxy_head_missing();

}  // namespace millrace::http
