#pragma once
// Counters: what became of the records of one ingest loop, for /metrics.
//
// Thread  one loop writes, anybody reads; each number is exact, the set is not one moment.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "core/base/counter.h"
#include "core/base/histogram.h"

namespace millrace::ingest {

// The sum over all loops. Of requests to known sources.
struct CounterTotals {
    std::map<int, std::uint64_t> requests;  // by status, those that occurred
    std::uint64_t accepted = 0;             // every enabled sink has taken its row, or keeps it
    std::uint64_t rejected = 0;             // some sink could not map the record
    std::map<std::string_view, std::uint64_t> refusals;  // of records by sinks, by error name
    std::uint64_t no_sink = 0;                           // answered 200 and stored nowhere
    std::uint64_t duplicate = 0;  // sent again with their key: answered as before
    std::uint64_t failed = 0;  // mapped, but the journal did not take or did not confirm the rows
    std::uint64_t rate_limited = 0;         // requests, before their bodies were read
    std::uint64_t connections = 0;          // open now
    std::uint64_t refused_connections = 0;  // there were too many
    HistogramTotals request_times = {};     // from the last byte of a request to its answer
    std::uint64_t memory_bytes = 0;         // of open connections, beyond the first bytes of each
};

struct Counters {
    Counter accepted;
    Counter rejected;
    Counter no_sink;
    Counter duplicate;
    Counter failed;
    Counter rate_limited;

    void add_to(CounterTotals& totals) const;
};

}  // namespace millrace::ingest
