#pragma once
// Limits: what the connections of one port may take, of memory and of time.

#include <cstdint>
#include <limits>

#include "core/base/time.h"

namespace millrace::http {

struct Limits {
    std::uint64_t header_bytes = 16 << 10;  // of a request line and all headers together
    std::uint32_t header_lines = std::numeric_limits<std::uint32_t>::max();
    Milliseconds header_time{10'000};   // from the first byte of a request to the end of its head
    Milliseconds request_time{30'000};  // from there to its last byte
    Milliseconds answer_time{30'000};   // until the client has taken its answer
    Milliseconds idle_time{75'000};     // of a connection without a request
};

}  // namespace millrace::http
