#include "tests/sim/sim_executor.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace millrace::sim {
namespace {

using std::chrono::milliseconds;

TEST(SimExecutorTest, AStrandRunsItsTasksInOrderAndTheStrandsMixByTheSeed) {
    const auto run = [](std::uint64_t seed) {
        test::ManualClock clock;
        SimScheduler scheduler(clock, seed);
        auto& lower = scheduler.make_executor();
        auto& upper = scheduler.make_executor();
        std::string ran;
        for (const char letter : {'a', 'b', 'c', 'd'}) {
            lower.post([&ran, letter] { ran += letter; });
            upper.post([&ran, letter] { ran += static_cast<char>(letter - 'a' + 'A'); });
        }
        EXPECT_TRUE(scheduler.run_until_idle());
        return ran;
    };
    std::set<std::string> orders;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed=" << seed);
        const auto ran = run(seed);
        std::string lower, upper;
        for (const char letter : ran) (letter >= 'a' ? lower : upper) += letter;
        ASSERT_EQ(lower, "abcd");
        ASSERT_EQ(upper, "ABCD");
        ASSERT_EQ(run(seed), ran);
        orders.insert(ran);
    }
    EXPECT_GT(orders.size(), 30u);  // of the 70 that are possible
}

TEST(SimExecutorTest, TheClockJumpsToTheNextTimedTaskOnlyWhenNothingIsReady) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    const auto start = clock.steady();
    const auto wall_start = clock.wall();
    executor.post_at(start + milliseconds(500), [] {});
    executor.post([] {});

    EXPECT_TRUE(scheduler.run_one());
    EXPECT_EQ(clock.steady(), start);
    EXPECT_TRUE(scheduler.run_one());
    EXPECT_EQ(clock.steady(), start + milliseconds(500));
    EXPECT_EQ(clock.wall(), wall_start + milliseconds(500));
    EXPECT_FALSE(scheduler.run_one());
}

TEST(SimExecutorTest, TimedTasksRunByTimeThenInTheOrderOfPosting) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    const auto start = clock.steady();
    std::string ran;
    executor.post_at(start + milliseconds(2), [&] { ran += 'c'; });
    executor.post_at(start + milliseconds(1), [&] { ran += 'a'; });
    executor.post_at(start + milliseconds(1), [&] { ran += 'b'; });
    EXPECT_TRUE(scheduler.run_until_idle());
    EXPECT_EQ(ran, "abc");
}

TEST(SimExecutorTest, ATimedTaskIsReadyWhenSomebodyElseMovedTheClock) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    bool ran = false;
    executor.post_at(clock.steady() + milliseconds(5), [&] { ran = true; });
    clock.advance(milliseconds(7));
    EXPECT_TRUE(scheduler.run_one());
    EXPECT_TRUE(ran);
    EXPECT_EQ(clock.steady(), test::ManualClock().steady() + milliseconds(7));  // no jump
}

TEST(SimExecutorTest, RunForRunsARepeatingTaskUpToTheEndOfTheSpan) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    const auto start = clock.steady();
    int ran = 0;
    std::function<void()> again = [&] {
        ++ran;
        executor.post_at(clock.steady() + milliseconds(100), again);
    };
    executor.post(again);
    scheduler.run_for(milliseconds(1050));
    EXPECT_EQ(ran, 11);  // at 0, 100, ... 1000
    EXPECT_EQ(clock.steady(), start + milliseconds(1050));
    EXPECT_FALSE(scheduler.run_until_idle(20));
    EXPECT_EQ(ran, 31);
}

TEST(SimExecutorTest, RunUntilIdleSaysIdleWhenTheLimitIsExactlyEnough) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    executor.post([] {});
    executor.post([] {});
    EXPECT_FALSE(scheduler.run_until_idle(1));
    EXPECT_TRUE(scheduler.run_until_idle(1));
}

TEST(SimExecutorTest, DropAllDestroysTasksWithoutRunningThemAndLaterPostsCount) {
    test::ManualClock clock;
    SimScheduler scheduler(clock, 1);
    auto& executor = scheduler.make_executor();
    const auto captured = std::make_shared<int>(0);
    executor.post([captured] { ++*captured; });
    executor.post_at(clock.steady() + milliseconds(1), [captured] { ++*captured; });
    scheduler.drop_all();
    EXPECT_EQ(captured.use_count(), 1);
    EXPECT_FALSE(scheduler.run_one());

    executor.post([captured] { ++*captured; });
    EXPECT_TRUE(scheduler.run_until_idle());
    EXPECT_EQ(*captured, 1);
}

}  // namespace
}  // namespace millrace::sim
