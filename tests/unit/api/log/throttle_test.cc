#include "api/log/throttle.h"

#include <gtest/gtest.h>

namespace millrace::log {
namespace {

TEST(ThrottleTest, TheFirstLineIsWrittenAndThenOneInAWhileThatSaysHowManyWereLeftOut) {
    Throttle throttle;
    const SteadyTime begin{};
    EXPECT_EQ(throttle.turn(begin), 0U);
    EXPECT_EQ(throttle.turn(begin), std::nullopt);
    EXPECT_EQ(throttle.turn(begin + Throttle::kEvery - Milliseconds(1)), std::nullopt);
    EXPECT_EQ(throttle.turn(begin + Throttle::kEvery), 2U);
    EXPECT_EQ(throttle.turn(begin + 3 * Throttle::kEvery), 0U);
}

}  // namespace
}  // namespace millrace::log
