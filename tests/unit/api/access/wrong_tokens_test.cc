#include "api/access/wrong_tokens.h"

#include <gtest/gtest.h>

#include "tests/support/clocks.h"

namespace millrace::access {
namespace {

using std::chrono::seconds;

TEST(WrongTokensTest, AnAddressHasTenAndThenOneMoreEachSecond) {
    test::ManualClock clock;
    WrongTokens wrong(clock);
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(0));
    EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(1000));
    EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(1000)) << "a refused one costs nothing more";
    EXPECT_EQ(wrong.note("10.0.0.2"), Milliseconds(0)) << "another address";
    clock.advance(seconds(1));
    EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(0));
    EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(1000));
    clock.advance(seconds(100));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(wrong.note("10.0.0.1"), Milliseconds(0));
    EXPECT_NE(wrong.note("10.0.0.1"), Milliseconds(0));
    EXPECT_EQ(wrong.count(), 26U);
}

TEST(WrongTokensTest, AHostHasOneShareForItsWholeNetwork) {
    test::ManualClock clock;
    WrongTokens wrong(clock);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(wrong.note("2001:db8::" + std::to_string(i)), Milliseconds(0));
    }
    EXPECT_NE(wrong.note("2001:db8::ffff"), Milliseconds(0));
    EXPECT_EQ(wrong.note("2001:db8:0:1::1"), Milliseconds(0));
}

}  // namespace
}  // namespace millrace::access
