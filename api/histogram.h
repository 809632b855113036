#pragma once
// Histogram of durations in powers of two of a microsecond, as Prometheus wants it.
//
// Thread  one writer, any readers.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>

namespace millrace {

class Histogram {
public:
    static constexpr std::size_t kBuckets = 24;  // up to 2^23 us, 8.4 s; the last one takes the rest

    void observe(std::chrono::nanoseconds span) {
        const auto us = static_cast<std::uint64_t>(span.count() < 0 ? 0 : span.count()) / 1000;
        const auto bucket = std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(us)), kBuckets - 1);
        add(buckets_[bucket], 1);
        add(sum_ns_, static_cast<std::uint64_t>(span.count() < 0 ? 0 : span.count()));
    }

    // Upper bound of a bucket in seconds.
    static double upper_seconds(std::size_t bucket) {
        return static_cast<double>(std::uint64_t{1} << bucket) / 1e6;
    }
    std::uint64_t count(std::size_t bucket) const { return buckets_[bucket].load(std::memory_order_relaxed); }
    double sum_seconds() const {
        return static_cast<double>(sum_ns_.load(std::memory_order_relaxed)) / 1e9;
    }

private:
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
        counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
    std::atomic<std::uint64_t> sum_ns_ = 0;
};

}  // namespace millrace
