#include "core/ports/lazy_executor.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/sim/sim_executor.h"

namespace millrace {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kTime{5};
constexpr std::size_t kBytes = 100;

class LazyExecutorTest : public ::testing::Test {
protected:
    LazyExecutor::Task write(char c) {
        return [this, c] { done_.push_back(c); };
    }
    // What has run by then.
    const std::string& after(milliseconds time) {
        scheduler_.run_for(time);
        return done_;
    }

    test::ManualClock clock_;
    sim::SimScheduler scheduler_{clock_, 1};
    LazyExecutor executor_{scheduler_.make_executor(), clock_, {.time = kTime, .bytes = kBytes}};
    std::string done_;
};

TEST_F(LazyExecutorTest, ATaskThatIsPostedRunsSoonBehindThoseBeforeIt) {
    executor_.post(write('a'));
    EXPECT_EQ(after(milliseconds(0)), "a");
    executor_.post_lazily(write('b'), 1);
    EXPECT_EQ(after(milliseconds(0)), "a");
    executor_.post(write('c'));
    executor_.post_lazily(write('d'), 1);
    EXPECT_EQ(after(milliseconds(0)), "abcd");
}

TEST_F(LazyExecutorTest, LazyOnesRunTogetherWhenTheFirstHasWaitedItsTime) {
    executor_.post_lazily(write('a'), 1);
    EXPECT_EQ(after(kTime - milliseconds(1)), "");
    executor_.post_lazily(write('b'), 1);
    EXPECT_EQ(after(milliseconds(1)), "ab");
    executor_.post_lazily(write('c'), 1);
    EXPECT_EQ(after(kTime - milliseconds(1)), "ab");
    EXPECT_EQ(after(milliseconds(1)), "abc");
}

TEST_F(LazyExecutorTest, NoneIsLeftWhenTheTimerIsOfOnesThatHaveRun) {
    executor_.post_lazily(write('a'), 1);
    executor_.post(write('b'));
    EXPECT_EQ(after(milliseconds(0)), "ab");
    executor_.post_lazily(write('c'), 1);
    EXPECT_EQ(after(kTime), "abc");
}

TEST_F(LazyExecutorTest, ManyBytesDoNotWait) {
    executor_.post_lazily(write('a'), kBytes - 1);
    EXPECT_EQ(after(milliseconds(0)), "");
    executor_.post_lazily(write('b'), 1);
    executor_.post_lazily(write('c'), 1);
    EXPECT_EQ(after(milliseconds(0)), "abc");
    executor_.post_lazily(write('d'), kBytes - 1);  // they are counted anew
    EXPECT_EQ(after(milliseconds(0)), "abc");
}

TEST_F(LazyExecutorTest, ATaskMayGiveTheNext) {
    executor_.post([this] {
        executor_.post_lazily(write('b'), 1);
        done_.push_back('a');
    });
    EXPECT_EQ(after(milliseconds(0)), "a");
    EXPECT_EQ(after(kTime), "ab");
}

TEST_F(LazyExecutorTest, WhatATaskCapturedDiesBeforeTheNextRuns) {
    auto captured = std::make_shared<int>();
    const std::weak_ptr<int> watched = captured;
    executor_.post_lazily([captured = std::move(captured)] {}, 1);
    executor_.post([&] { done_.push_back(watched.expired() ? 'e' : 'a'); });
    EXPECT_EQ(after(milliseconds(0)), "e");
}

}  // namespace
}  // namespace millrace
