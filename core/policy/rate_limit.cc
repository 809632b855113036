#include "core/policy/rate_limit.h"

#include <algorithm>

namespace millrace::policy {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kSecond = 1'000'000'000;
// A debt is not remembered for longer: the largest request at the smallest rate is still no ban.
constexpr std::int64_t kDebtMax = 3600 * kSecond;

std::int64_t nanoseconds_of(SteadyTime now) {
    return std::chrono::duration_cast<nanoseconds>(now.time_since_epoch()).count();
}

}  // namespace

Milliseconds RateLimit::wait(SteadyTime now) const {
    if (per_second_ == 0) return {};
    const auto owed = paid_at_.load(std::memory_order_relaxed) - nanoseconds_of(now);
    if (owed < kSecond) return {};
    return std::chrono::duration_cast<Milliseconds>(nanoseconds(owed - kSecond)) + Milliseconds(1);
}

void RateLimit::spend(std::uint64_t amount, SteadyTime now) {
    if (per_second_ == 0) return;
    const auto at = nanoseconds_of(now);
    const auto cost = static_cast<double>(amount) * static_cast<double>(kSecond) /
                      static_cast<double>(per_second_);
    const auto price = static_cast<std::int64_t>(std::min(cost, static_cast<double>(kDebtMax)));
    auto before = paid_at_.load(std::memory_order_relaxed);
    while (!paid_at_.compare_exchange_weak(
        before, std::min(std::max(before, at) + price, at + kDebtMax), std::memory_order_relaxed)) {
    }
}

const RateLimit* SourceRates::exceeded(SteadyTime now) const {
    const auto& slower = records_.wait(now) < bytes_.wait(now) ? bytes_ : records_;
    return slower.wait(now).count() > 0 ? &slower : nullptr;
}

void SourceRates::spend(std::uint64_t records, std::uint64_t bytes, SteadyTime now) {
    records_.spend(records, now);
    bytes_.spend(bytes, now);
}

}  // namespace millrace::policy
