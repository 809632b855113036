#include "core/pipeline/woken_work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace millrace::pipeline {
namespace {

void fail(const std::exception& exception) {
    ADD_FAILURE() << exception.what();
}

TEST(WokenWorkTest, ItRunsOnceForAllThatWokeItBefore) {
    WorkPool pool(1, fail);
    WokenWork work(pool);
    std::atomic<int> runs = 0;
    std::atomic<bool> may_go_on = false;
    pool.post([&] { may_go_on.wait(false); });  // the only thread is taken
    for (int i = 0; i < 10; ++i) work.wake([&] { ++runs; });
    may_go_on = true;
    may_go_on.notify_all();
    pool.stop();
    EXPECT_EQ(runs, 1);
}

TEST(WokenWorkTest, WhatWakesItWhileItRunsLetsItRunOnceMore) {
    WorkPool pool(2, fail);
    WokenWork work(pool);
    int runs = 0;
    const std::function<void()> step = [&] {
        if (++runs < 3) {
            work.wake(step);
            work.wake(step);
        }
    };
    work.wake(step);
    pool.stop();
    EXPECT_EQ(runs, 3);
}

// Goal    no change is overlooked, and two threads never work at the same time.
// Method  threads count up and wake; each run notes what it saw. The last must have seen all.
TEST(WokenWorkTest, NoChangeIsOverlooked) {
    constexpr int kThreads = 4;
    constexpr int kChanges = 5000;
    WorkPool pool(3, fail);
    WokenWork work(pool);
    std::atomic<int> changes = 0;
    std::atomic<int> workers = 0;
    int seen = 0;
    const auto look = [&] {
        EXPECT_EQ(++workers, 1);
        seen = changes;
        --workers;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < kChanges; ++n) {
                ++changes;
                work.wake(look);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    pool.stop();
    EXPECT_EQ(seen, kThreads * kChanges);
}

// Goal    an owner that nobody else has stays until its work is done, and no longer.
TEST(WokenWorkTest, TheWorkKeepsItsOwner) {
    struct Owner {
        explicit Owner(WorkPool& pool) : work(pool) {}
        WokenWork work;
    };
    WorkPool pool(1, fail);
    std::weak_ptr<Owner> seen;
    {
        auto owner = std::make_shared<Owner>(pool);
        seen = owner;
        owner->work.wake([owner] { EXPECT_GE(owner.use_count(), 1); });
    }
    pool.stop();
    EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace millrace::pipeline
