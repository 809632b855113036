#pragma once
// CounterTotals: what became of the requests of all loops of the data plane, for /metrics.

#include <array>
#include <cstdint>
#include <map>
#include <string_view>

#include "api/webhooks/signature.h"
#include "core/base/histogram.h"
#include "core/pipeline/record_counters.h"

namespace millrace::ingest {

// Of requests to known sources.
struct CounterTotals {
    std::map<int, std::uint64_t> requests;  // by status, those that occurred
    std::uint64_t accepted = 0;             // records, as RecordCounters has them
    std::uint64_t rejected = 0;
    std::map<std::string_view, std::uint64_t> refusals;  // of records by sinks, by error name
    std::uint64_t no_sink = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;                                                  // of bodies, decoded
    std::uint64_t rate_limited = 0;                                           // requests
    std::array<std::uint64_t, webhooks::kBadSignatures> bad_signatures = {};  // by BadSignature
    std::uint64_t challenges = 0;           // registrations of webhooks that were answered
    std::uint64_t connections = 0;          // open now
    std::uint64_t refused_connections = 0;  // there were too many
    std::uint64_t failed_handshakes = 0;    // of TLS
    std::uint64_t refused_proxy_heads = 0;  // of the PROXY protocol
    HistogramTotals request_times = {};     // from the last byte of a request to its answer
    std::uint64_t memory_bytes = 0;         // of open connections, beyond the first bytes of each

    void add(const pipeline::RecordCounters& counters);
};

}  // namespace millrace::ingest
