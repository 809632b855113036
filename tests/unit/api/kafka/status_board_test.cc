#include "api/kafka/status_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/clocks.h"

namespace millrace::kafka {
namespace {

using testing::ElementsAre;

class StatusBoardTest : public testing::Test {
protected:
    SourceProgress at(std::int64_t next) {
        SourceProgress progress;
        progress.partitions[0] = {.next = next, .messages = static_cast<std::uint64_t>(next)};
        return progress;
    }
    const SourceStatus& shown(const SourceProgress& durable) {
        board_.show({.durable = durable});
        status_ = watch_->status();
        return status_;
    }

    test::ManualClock clock_;
    std::shared_ptr<SourceWatch> watch_ = std::make_shared<SourceWatch>();
    std::vector<std::string> states_;
    StatusBoard board_{clock_, watch_, Milliseconds(200), [this](const SourceStatus& status) {
                           states_.emplace_back(to_string(status.state));
                       }};
    SourceStatus status_;
};

TEST_F(StatusBoardTest, AnotherStateIsToldAndSinceWhen) {
    clock_.advance(Milliseconds(5));
    board_.say(SourceState::waiting, "one");
    const auto since = clock_.wall();
    clock_.advance(Milliseconds(5));
    board_.say(SourceState::waiting, "two");
    EXPECT_THAT(states_, ElementsAre("waiting"));
    EXPECT_EQ(shown({}).reason, "two");
    EXPECT_EQ(status_.since.unix_ms, since.unix_ms);
}

TEST_F(StatusBoardTest, LagIsTheAgeOfTheLastMessageWhileOthersAreBehindIt) {
    board_.saw({.partition = 0, .offset = 4, .timestamp = clock_.wall()});
    board_.set_end(0, 7);
    clock_.advance(Milliseconds(1'500));
    const auto& behind = shown(at(5)).partitions.at(0);
    EXPECT_EQ(behind.lag(), 2U);
    EXPECT_EQ(behind.lag_time, Milliseconds(1'500));
    EXPECT_EQ(shown(at(7)).partitions.at(0).lag_time, Milliseconds(0));
}

TEST_F(StatusBoardTest, LagIsKnownWhenTheEndOfEachPartitionIs) {
    const std::vector<std::int32_t> both = {0, 1};
    board_.set_assigned(both);
    auto progress = at(5);
    progress.partitions[1] = {};
    EXPECT_EQ(shown(progress).lag(), std::nullopt);
    board_.set_end(0, 7);
    EXPECT_EQ(shown(progress).lag(), std::nullopt);
    board_.set_assigned(std::span(both).first(1));
    EXPECT_EQ(shown(progress).lag(), 2U);
    board_.set_assigned(both);
    board_.set_end(1, 1);
    EXPECT_EQ(shown(progress).lag(), 3U);
}

TEST_F(StatusBoardTest, AChangeIsShownSoonAndAnotherStateAtOnce) {
    board_.say(SourceState::reading);
    const auto one = at(1);
    const auto two = at(2);
    board_.publish({.durable = one});
    EXPECT_EQ(watch_->status().partitions.at(0).progress.next, 1);
    board_.note();
    board_.publish({.durable = two});
    EXPECT_EQ(watch_->status().partitions.at(0).progress.next, 1);
    clock_.advance(Milliseconds(200));
    board_.publish({.durable = two});
    EXPECT_EQ(watch_->status().partitions.at(0).progress.next, 2);
    board_.say(SourceState::waiting, "x");
    board_.publish({.durable = one});
    EXPECT_EQ(watch_->status().state, SourceState::waiting);
}

}  // namespace
}  // namespace millrace::kafka
