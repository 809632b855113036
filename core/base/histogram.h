#pragma once
// Histogram: counts values in buckets that double, as Prometheus wants them.
//
// Thread  one writer, any readers; each number is exact, the set is not one moment.

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace millrace {

// A histogram, or the sum of several, at some time.
struct HistogramTotals {
    static constexpr std::size_t kBuckets = 24;

    std::array<std::uint64_t, kBuckets>
        counts{};  // of the values up to upper(), the last: of all above
    std::uint64_t sum = 0;
    unsigned first_bit = 0;

    std::uint64_t upper(std::size_t bucket) const {
        return std::uint64_t{1} << (bucket + first_bit);
    }
};

class Histogram {
public:
    // The first bucket is for values up to 2^first_bit.
    explicit Histogram(unsigned first_bit) : first_bit_(first_bit) {}

    void observe(std::uint64_t value) {
        const auto bits = static_cast<std::size_t>(std::bit_width(value == 0 ? 0 : value - 1));
        const auto bucket = bits <= first_bit_ ? 0 : bits - first_bit_;
        add(counts_[std::min(bucket, HistogramTotals::kBuckets - 1)], 1);
        add(sum_, value);
    }
    // In nanoseconds.
    void observe(std::chrono::nanoseconds span) {
        observe(static_cast<std::uint64_t>(std::max<std::int64_t>(span.count(), 0)));
    }

    void add_to(HistogramTotals& totals) const {
        totals.first_bit = first_bit_;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            totals.counts[i] += counts_[i].load(std::memory_order_relaxed);
        }
        totals.sum += sum_.load(std::memory_order_relaxed);
    }

private:
    static void add(std::atomic<std::uint64_t>& counter, std::uint64_t amount) {
        counter.store(counter.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }

    const unsigned first_bit_;
    std::array<std::atomic<std::uint64_t>, HistogramTotals::kBuckets> counts_{};
    std::atomic<std::uint64_t> sum_ = 0;
};

// The first bucket of a histogram of times is for those up to 1.024 us, the last but one up to 4.3
// s.
inline constexpr unsigned kFirstBitOfTimes = 10;

}  // namespace millrace
