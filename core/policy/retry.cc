#include "core/policy/retry.h"

#include <algorithm>
#include <utility>

#include "core/ports/file_catalog.h"

namespace millrace::policy {
namespace {

// The finisher of SplitMix64: every bit of the input reaches every bit of the output.
std::uint64_t mixed(std::uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    return bits ^ (bits >> 31);
}

}  // namespace

Milliseconds retry_delay(std::uint32_t attempt, std::uint64_t id_hash) {
    constexpr std::uint32_t kDoublingsMax = 16;  // far past kRetryMax, far from an overflow
    const auto doublings = std::min(attempt == 0 ? 0 : attempt - 1, kDoublingsMax);
    const auto delay = std::min(kRetryFirst * (std::int64_t{1} << doublings), kRetryMax);
    static_assert(kRetryMax + kRetryMax / 10 <= kRetryAheadMax);
    const auto spread =
        static_cast<std::int64_t>(mixed(id_hash + attempt) % 201) - 100;  // per mille
    return delay + delay * spread / 1000;
}

Retry next_retry(const Retry& previous, std::string reason, std::uint64_t id_hash, WallTime now) {
    const auto attempt = previous.attempt + 1;
    return Retry{.attempt = attempt,
                 .reason = std::move(reason),
                 .after = now + retry_delay(attempt, id_hash)};
}

}  // namespace millrace::policy
