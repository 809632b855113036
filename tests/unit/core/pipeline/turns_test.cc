#include "core/pipeline/turns.h"

#include <gtest/gtest.h>

#include <optional>

namespace millrace::pipeline {
namespace {

TEST(TurnsTest, OnlySoManyHaveATurnAndAllThatWaitAreWokenByAnEnd) {
    Turns turns(2);
    int woken = 0;
    const auto wake = [&] { ++woken; };
    auto first = turns.take(wake);
    auto second = turns.take(wake);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(turns.take(wake));
    EXPECT_FALSE(turns.take(wake));
    EXPECT_EQ(woken, 0);

    first.reset();
    EXPECT_EQ(woken, 2);
    first = turns.take(wake);
    EXPECT_TRUE(first);
    EXPECT_FALSE(turns.take(wake));

    second.reset();
    EXPECT_EQ(woken, 3) << "who was woken before is not woken again";
}

TEST(TurnsTest, ATurnThatIsMovedEndsOnce) {
    Turns turns(1);
    auto turn = turns.take([] {});
    ASSERT_TRUE(turn);
    std::optional<Turns::Turn> moved(std::move(*turn));
    turn.reset();
    EXPECT_FALSE(turns.take([] {}));
    moved.reset();
    EXPECT_TRUE(turns.take([] {}));
}

TEST(TurnsTest, WhoIsWokenMayTakeTheTurnAtOnce) {
    Turns turns(1);
    std::optional<Turns::Turn> mine;
    auto other = turns.take([] {});
    mine = turns.take([&] { mine = turns.take([] {}); });
    EXPECT_FALSE(mine);
    other.reset();
    EXPECT_TRUE(mine);
}

}  // namespace
}  // namespace millrace::pipeline
