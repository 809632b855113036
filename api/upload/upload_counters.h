#pragma once
// UploadCounters: what became of uploads, for /metrics.
//
// Thread  any.

#include <atomic>
#include <cstdint>

namespace millrace::upload {

struct UploadCounters {
    std::atomic<std::uint64_t> done = 0;
    std::atomic<std::uint64_t> cancelled = 0;
    std::atomic<std::uint64_t> replayed = 0;        // answered with the outcome of an earlier one
    std::atomic<std::uint64_t> refused = 0;         // before they began
    std::atomic<std::uint64_t> rows = 0;            // made durable
    std::atomic<std::uint64_t> bytes = 0;           // of bodies, decoded
    std::atomic<std::uint64_t> buffered_bytes = 0;  // of bodies, in memory: not read, or not whole
    std::atomic<std::int64_t> open = 0;             // now
};

}  // namespace millrace::upload
