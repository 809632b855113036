#include "core/pipeline/work_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace millrace::pipeline {
namespace {

TEST(WorkPoolTest, AStopRunsWhatWasPostedAndWhatThatPosts) {
    std::atomic<int> ran = 0;
    std::atomic<int> failures = 0;
    WorkPool pool(3, [&](const std::exception&) { ++failures; });
    for (int i = 0; i < 100; ++i) {
        pool.post([&] {
            ++ran;
            pool.post([&] { ++ran; });
        });
    }
    pool.post([] { throw std::runtime_error("in a task"); });
    pool.stop();
    EXPECT_EQ(ran, 200);
    EXPECT_EQ(failures, 1);
    pool.post([&] { ++ran; });
    pool.stop();
    EXPECT_EQ(ran, 200);
}

}  // namespace
}  // namespace millrace::pipeline
