#pragma once
// RateLimit: so many units a second, saved up for at most one second.
//
// A request is let in while anything is left and may overdraw, because its size is only known when
// it has been read; the next one waits until the debt is paid. One number says it all: when
// everything spent so far will have been paid.
//
// Thread  any; shared by all ingest loops without a lock.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/time.h"

namespace millrace::policy {

class RateLimit {
public:
    // `per_second`: 0 is no limit.
    explicit RateLimit(std::uint64_t per_second) : per_second_(per_second) {}

    std::uint64_t per_second() const { return per_second_; }

    // How long until anything is left; 0 if something is.
    Milliseconds wait(SteadyTime now) const;

    // Takes `amount`, whether it is left or not.
    void spend(std::uint64_t amount, SteadyTime now);

private:
    const std::uint64_t per_second_;
    std::atomic<std::int64_t> paid_at_{0};  // nanoseconds of the steady clock
};

// The limits of one source.
class SourceRates {
public:
    SourceRates(std::uint64_t records_per_second, std::uint64_t bytes_per_second)
        : records_(records_per_second), bytes_(bytes_per_second) {}

    // The limit that a request has to wait for, with the longest wait; null if there is none.
    const RateLimit* exceeded(SteadyTime now) const;
    void spend(std::uint64_t records, std::uint64_t bytes, SteadyTime now);

private:
    RateLimit records_;
    RateLimit bytes_;
};

}  // namespace millrace::policy
