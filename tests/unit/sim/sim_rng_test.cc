#include "tests/sim/sim_rng.h"

#include <gtest/gtest.h>

namespace millrace::sim {
namespace {

TEST(SimRngTest, TheNumbersOfASeedAreFixed) {
    SimRng rng(1234567);  // the published vector of splitmix64
    EXPECT_EQ(rng.next(), 6457827717110365317u);
    EXPECT_EQ(rng.next(), 3203168211198807973u);
    EXPECT_EQ(rng.next(), 9817491932198370423u);
}

TEST(SimRngTest, ChanceOfZeroAndHundredPercentAreCertain) {
    SimRng rng(1);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_FALSE(rng.chance(0));
        ASSERT_TRUE(rng.chance(100));
    }
}

}  // namespace
}  // namespace millrace::sim
