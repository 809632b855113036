#pragma once
// LoadCounters: what became of Stream Loads, for /metrics.
//
// Thread  any.

#include <array>
#include <atomic>
#include <cstdint>

#include "api/stream_load/load_result.h"

namespace millrace::stream_load {

struct LoadCounters {
    std::array<std::atomic<std::uint64_t>, kLoadStatuses> ended = {};  // by LoadStatus
    std::atomic<std::uint64_t> loaded_rows = 0;
    std::atomic<std::uint64_t> filtered_rows = 0;
    std::atomic<std::uint64_t> nulled_values = 0;
    std::atomic<std::uint64_t> bytes = 0;  // of bodies, as they came
    std::atomic<std::int64_t> open = 0;    // begun and not answered

    void add(const LoadResult& result) {
        const bool has_rows =
            result.status == LoadStatus::success || result.status == LoadStatus::publish_timeout;
        ++ended[static_cast<std::size_t>(result.status)];
        if (has_rows) loaded_rows += result.counts.loaded;
        filtered_rows += result.counts.filtered;
        nulled_values += result.counts.nulled;
        bytes += result.bytes;
    }
};

}  // namespace millrace::stream_load
