#pragma once
// Retry policy: 1 s after the first failure, doubled with each further one, 5 minutes at most.
//
// The delay is spread by up to a tenth either way, so that what failed together does not come back
// together. The spread is a hash, not chance: a run can be repeated.
//
// Thread  any; pure.

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "core/model/slice.h"

namespace millrace::policy {

inline constexpr Milliseconds kRetryFirst = std::chrono::seconds(1);
inline constexpr Milliseconds kRetryMax = std::chrono::minutes(5);

// How long to wait after failure number `attempt`, from 1. `id_hash` is of the thing that failed.
Milliseconds retry_delay(std::uint32_t attempt, std::uint64_t id_hash);

// What to record after one more failure.
Retry next_retry(const Retry& previous, std::string reason, std::uint64_t id_hash, WallTime now);

}  // namespace millrace::policy
