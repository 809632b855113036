#include "core/definitions/random_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/sim/sim_rng.h"

namespace millrace::definitions {
namespace {

TEST(RandomTextTest, UsesEveryCharacterAboutEquallyOften) {
    sim::SimRng rng(1);
    RandomText random(rng);
    std::map<char, int> counts;
    for (const char c : random.make(62'000)) ++counts[c];
    ASSERT_EQ(counts.size(), 62U);
    for (const auto& [c, count] : counts) EXPECT_NEAR(count, 1000, 200) << c;
}

TEST(RandomTextTest, HasTheLengthAskedFor) {
    sim::SimRng rng(1);
    RandomText random(rng);
    EXPECT_EQ(random.make(48).size(), 48U);
    EXPECT_NE(random.make(48), random.make(48));
}

}  // namespace
}  // namespace millrace::definitions
