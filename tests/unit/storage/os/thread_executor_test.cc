#include "storage/os/thread_executor.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace millrace::os {
namespace {

using std::chrono::steady_clock;

// Runs once everything posted to the executor before has run.
void wait_for_posted(ThreadExecutor& executor) {
    std::promise<void> done;
    executor.post([&] { done.set_value(); });
    done.get_future().wait();
}

TEST(ThreadExecutorTest, TasksRunInTheOrderTheyWerePosted) {
    ThreadExecutor executor("order");
    std::vector<int> ran;
    for (int i = 0; i < 10000; ++i) executor.post([&, i] { ran.push_back(i); });
    executor.stop();

    ASSERT_EQ(ran.size(), 10000u);
    for (int i = 0; i < 10000; ++i) ASSERT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(ThreadExecutorTest, TasksOfManyThreadsAllRunEachThreadsInItsOrder) {
    constexpr int kThreads = 8;
    constexpr int kTasks = 2000;
    ThreadExecutor executor("many");
    std::array<std::vector<int>, kThreads> ran;
    std::vector<std::thread> posters;
    for (int t = 0; t < kThreads; ++t) {
        posters.emplace_back([&, t] {
            auto& mine = ran[static_cast<std::size_t>(t)];
            for (int i = 0; i < kTasks; ++i) executor.post([&mine, i] { mine.push_back(i); });
        });
    }
    for (auto& poster : posters) poster.join();
    executor.stop();

    for (const auto& mine : ran) {
        ASSERT_EQ(mine.size(), std::size_t{kTasks});
        for (int i = 0; i < kTasks; ++i) ASSERT_EQ(mine[static_cast<std::size_t>(i)], i);
    }
}

TEST(ThreadExecutorTest, ASleepingThreadIsWokenByEveryPost) {
    ThreadExecutor executor("wake");
    for (int i = 0; i < 1000; ++i) wait_for_posted(executor);  // hangs when one wake-up is lost
}

TEST(ThreadExecutorTest, ATaskPostedByATaskRunsAfterItNotInsideIt) {
    ThreadExecutor executor("nested");
    std::vector<std::string> ran;
    std::promise<void> done;
    executor.post([&] {
        executor.post([&] {
            ran.push_back("inner");
            done.set_value();
        });
        ran.push_back("outer");
    });
    done.get_future().wait();
    EXPECT_EQ(ran, (std::vector<std::string>{"outer", "inner"}));
}

TEST(ThreadExecutorTest, TimedTasksRunInTheOrderOfTheirTimesAndNotBefore) {
    ThreadExecutor executor("timed");
    const auto start = steady_clock::now();
    std::vector<int> ran;
    std::vector<bool> in_time;
    std::promise<void> done;
    const auto post_after = [&](int ms, bool last) {
        const auto when = start + std::chrono::milliseconds(ms);
        executor.post_at(when, [&, ms, when, last] {
            ran.push_back(ms);
            in_time.push_back(steady_clock::now() >= when);
            if (last) done.set_value();
        });
    };
    post_after(30, true);
    post_after(10, false);
    post_after(20, false);
    done.get_future().wait();

    EXPECT_EQ(ran, (std::vector<int>{10, 20, 30}));
    EXPECT_EQ(in_time, (std::vector<bool>{true, true, true}));
}

TEST(ThreadExecutorTest, TimedTasksOfOneTimeRunInTheOrderTheyWerePosted) {
    ThreadExecutor executor("ties");
    const auto when = steady_clock::now() + std::chrono::milliseconds(5);
    std::vector<int> ran;
    std::promise<void> done;
    for (int i = 0; i < 100; ++i) {
        executor.post_at(when, [&, i] {
            ran.push_back(i);
            if (i == 99) done.set_value();
        });
    }
    done.get_future().wait();
    for (int i = 0; i < 100; ++i) ASSERT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(ThreadExecutorTest, AnEarlierTimedTaskShortensTheSleepForALaterOne) {
    ThreadExecutor executor("earlier");
    std::promise<void> done;
    executor.post_at(steady_clock::now() + std::chrono::hours(1), [] {});
    wait_for_posted(executor);
    executor.post_at(steady_clock::now(), [&] { done.set_value(); });
    done.get_future().wait();  // an hour, if the later one counted
}

// Goal    a stream of posts does not keep timed tasks from running.
// Method  a task posts itself again until the timed one has run.
TEST(ThreadExecutorTest, ABusyQueueDoesNotStarveTimedTasks) {
    ThreadExecutor executor("busy");
    bool timed_ran = false;
    std::promise<void> done;
    std::function<void()> again = [&] {
        if (timed_ran) return done.set_value();
        executor.post(again);
    };
    executor.post(again);
    executor.post_at(steady_clock::now() + std::chrono::milliseconds(1), [&] { timed_ran = true; });
    done.get_future().wait();
}

TEST(ThreadExecutorTest, StopRunsWhatIsPostedAndWhatThatPostsAndDropsTimedTasks) {
    ThreadExecutor executor("stop");
    int ran = 0;
    bool timed_ran = false;
    std::promise<void> begun;
    std::promise<void> stopping;
    executor.post([&] {
        begun.set_value();
        stopping.get_future().wait();
    });
    begun.get_future().wait();
    executor.post([&] {
        ++ran;
        executor.post([&] { ++ran; });
    });
    executor.post_at(steady_clock::now() + std::chrono::hours(1), [&] { timed_ran = true; });
    stopping.set_value();
    executor.stop();

    EXPECT_EQ(ran, 2);
    EXPECT_FALSE(timed_ran);
}

TEST(ThreadExecutorTest, TasksPostedAfterStopAreDestroyedWithoutRunning) {
    ThreadExecutor executor("after");
    executor.stop();
    executor.stop();
    const auto captured = std::make_shared<int>(0);
    executor.post([captured] { ++*captured; });
    executor.post_at(steady_clock::now(), [captured] { ++*captured; });
    EXPECT_EQ(*captured, 0);
    EXPECT_EQ(captured.use_count(), 1);
}

TEST(ThreadExecutorTest, WhatATaskCapturedDiesBeforeTheNextTaskRuns) {
    ThreadExecutor executor("captured");
    auto captured = std::make_shared<int>(0);
    const std::weak_ptr<int> watch = captured;
    bool gone = false;
    executor.post([captured] {});
    captured.reset();
    executor.post([&] { gone = watch.expired(); });
    executor.stop();
    EXPECT_TRUE(gone);
}

TEST(ThreadExecutorTest, TheThreadHasTheNameCutAfter15Bytes) {
    ThreadExecutor executor("journal-default-volume");
    std::string name(64, '\0');
    executor.post([&] { ::pthread_getname_np(::pthread_self(), name.data(), name.size()); });
    executor.stop();
    EXPECT_STREQ(name.c_str(), "journal-default");
}

TEST(ThreadExecutorTest, OneOfLowPriorityGivesWayToTheOthers) {
    const auto nice_of = [](ThreadExecutor::Priority priority) {
        ThreadExecutor executor("nice", priority);
        int nice = 0;
        executor.post([&] { nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); });
        executor.stop();
        return nice;
    };
    const int own = ::getpriority(PRIO_PROCESS, 0);
    EXPECT_EQ(nice_of(ThreadExecutor::Priority::normal), own);
    EXPECT_EQ(nice_of(ThreadExecutor::Priority::low), std::max(own, 10));
}

TEST(ThreadExecutorDeathTest, ATaskThatThrowsEndsTheProgramWithTheThreadsName) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(
        {
            ThreadExecutor executor("journal-default");
            executor.post([] { throw std::runtime_error("no more memory"); });
            executor.stop();
        },
        "a task of journal-default threw: no more memory");
}

}  // namespace
}  // namespace millrace::os
