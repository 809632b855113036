#pragma once
// ConnectionCounters: what the connections of one loop have done, for /metrics.
//
// Thread  one loop writes, any thread reads; each number is exact, the set is not one moment.

#include <array>
#include <cstddef>

#include "core/base/counter.h"
#include "core/base/histogram.h"

namespace millrace::http {

struct ConnectionCounters {
    static constexpr std::size_t kStatusMax = 600;

    std::array<Counter, kStatusMax> requests;  // index is the status of the answer
    Counter connections;                       // open now
    Counter refused_connections;               // there were too many
    Counter failed_handshakes;                 // of TLS
    Counter refused_proxy_heads;               // of the PROXY protocol

    Histogram request_times{kFirstBitOfTimes};  // from the last byte of a request to its answer
};

}  // namespace millrace::http
