#include "api/control/bounded_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace millrace::control {
namespace {

TEST(BoundedPoolTest, WhoAddsOneTooManyWaitsForAPlace) {
    BoundedPool pool(1, 2);
    std::latch may_run(1);
    std::atomic<int> added = 0;
    std::atomic<int> done = 0;
    std::atomic<int> most_ahead = 0;
    std::thread adding([&] {
        for (int i = 0; i < 50; ++i) {
            pool.enqueue([&] {
                may_run.wait();
                ++done;
            });
            ++added;
            most_ahead = std::max<int>(most_ahead, added - done);
        }
    });
    while (added < 2) std::this_thread::yield();  // one may run, two may wait, one is being added
    may_run.count_down();
    adding.join();
    pool.shutdown();
    EXPECT_EQ(done, 50);
    EXPECT_LE(most_ahead, 4);
}

}  // namespace
}  // namespace millrace::control
