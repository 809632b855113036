#include "core/policy/rate_limit.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace millrace::policy {
namespace {

const SteadyTime kStart{std::chrono::hours(1)};

SteadyTime after(Milliseconds span) {
    return kStart + span;
}

TEST(RateLimitTest, ASecondsWorthIsTakenAtOnceAndThenTheRateHolds) {
    RateLimit limit(10);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(limit.wait(kStart), Milliseconds(0)) << i;
        limit.spend(1, kStart);
    }
    EXPECT_GT(limit.wait(kStart), Milliseconds(0));
    EXPECT_LE(limit.wait(kStart), Milliseconds(100));
    EXPECT_EQ(limit.wait(after(Milliseconds(100))), Milliseconds(0)) << "one is left again";
    limit.spend(1, after(Milliseconds(100)));
    EXPECT_GT(limit.wait(after(Milliseconds(100))), Milliseconds(0));
}

TEST(RateLimitTest, ALargeRequestIsLetInAndItsDebtIsPaidFirst) {
    RateLimit limit(100);
    limit.spend(350, kStart);
    EXPECT_EQ(limit.wait(kStart), Milliseconds(2501));
    EXPECT_GT(limit.wait(after(Milliseconds(2499))), Milliseconds(0));
    EXPECT_EQ(limit.wait(after(Milliseconds(2501))), Milliseconds(0));
}

TEST(RateLimitTest, NothingIsSavedUpForLongerThanASecond) {
    RateLimit limit(5);
    const auto later = after(std::chrono::hours(1));
    limit.spend(5, later);
    EXPECT_GT(limit.wait(later), Milliseconds(0));
}

TEST(RateLimitTest, ADebtIsBounded) {
    RateLimit limit(1);
    limit.spend(~std::uint64_t{0}, kStart);
    limit.spend(~std::uint64_t{0}, kStart);
    EXPECT_LE(limit.wait(kStart), std::chrono::hours(1));
}

TEST(RateLimitTest, WithoutALimitNothingWaits) {
    RateLimit limit(0);
    limit.spend(1'000'000'000, kStart);
    EXPECT_EQ(limit.wait(kStart), Milliseconds(0));
}

TEST(RateLimitTest, NothingIsLostBetweenThreads) {
    RateLimit limit(1000);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) limit.spend(1, kStart);
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(limit.wait(kStart), Milliseconds(3001));
}

TEST(SourceRatesTest, TheLongerWaitCounts) {
    SourceRates rates(10, 1000);
    EXPECT_EQ(rates.exceeded(kStart), nullptr);
    rates.spend(1, 3000, kStart);
    ASSERT_NE(rates.exceeded(kStart), nullptr);
    EXPECT_EQ(rates.exceeded(kStart)->per_second(), 1000);
    rates.spend(100, 0, kStart);
    EXPECT_EQ(rates.exceeded(kStart)->per_second(), 10);
    EXPECT_EQ(rates.exceeded(after(Milliseconds(9102))), nullptr);
}

}  // namespace
}  // namespace millrace::policy
