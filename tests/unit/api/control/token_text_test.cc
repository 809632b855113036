#include "api/control/token_text.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_rng.h"

namespace millrace::control {
namespace {

TEST(TokenTextTest, EveryTokenIsANewOne) {
    sim::SimRng rng(1);
    definitions::RandomText random(rng);
    const auto one = make_token_text(random);
    EXPECT_EQ(one.size(), 57u);
    EXPECT_TRUE(one.starts_with("millrace_"));
    EXPECT_NE(one, make_token_text(random));
}

}  // namespace
}  // namespace millrace::control
