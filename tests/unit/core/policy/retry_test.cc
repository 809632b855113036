#include "core/policy/retry.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace millrace::policy {
namespace {

TEST(RetryTest, DelayDoublesFromOneSecondToFiveMinutes) {
    const std::pair<std::uint32_t, std::int64_t> cases[] = {
        {1, 1000},     {2, 2000},
        {3, 4000},     {9, 256'000},
        {10, 300'000}, {11, 300'000},
        {40, 300'000}, {std::numeric_limits<std::uint32_t>::max(), 300'000}};
    for (const auto& [attempt, ms] : cases) {
        for (std::uint64_t hash = 0; hash < 1000; ++hash) {
            const auto delay = retry_delay(attempt, hash).count();
            EXPECT_GE(delay, ms * 9 / 10) << attempt;
            EXPECT_LE(delay, ms * 11 / 10) << attempt;
        }
    }
}

TEST(RetryTest, DelaysOfDifferentThingsAreSpreadAndRepeatable) {
    std::set<std::int64_t> delays;
    for (std::uint64_t hash = 0; hash < 1000; ++hash) {
        delays.insert(retry_delay(5, hash).count());
        EXPECT_EQ(retry_delay(5, hash), retry_delay(5, hash));
    }
    EXPECT_GT(delays.size(), 150U);
}

TEST(RetryTest, NextRetryCountsAndKeepsTheReason) {
    const WallTime now{5'000'000};
    const auto first = next_retry(Retry{}, "disk full", 7, now);
    EXPECT_EQ(first.attempt, 1U);
    EXPECT_EQ(first.reason, "disk full");
    EXPECT_EQ(first.after, now + retry_delay(1, 7));
    const auto second = next_retry(first, "still full", 7, now);
    EXPECT_EQ(second.attempt, 2U);
    EXPECT_EQ(second.reason, "still full");
    EXPECT_EQ(second.after, now + retry_delay(2, 7));
}

}  // namespace
}  // namespace millrace::policy
