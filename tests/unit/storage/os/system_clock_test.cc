#include "storage/os/system_clock.h"

#include <gtest/gtest.h>

#include <ctime>

namespace millrace::os {
namespace {

TEST(SystemClockTest, WallTimeIsTheUnixTimeInMilliseconds) {
    const auto before = static_cast<std::int64_t>(::time(nullptr));
    const auto now = SystemClock().wall().unix_ms;
    const auto after = static_cast<std::int64_t>(::time(nullptr));
    EXPECT_GE(now, (before - 1) * 1000);  // time() may lag behind by a tick
    EXPECT_LE(now, (after + 2) * 1000);
}

TEST(SystemClockTest, SteadyTimeNeverGoesBack) {
    const SystemClock clock;
    auto last = clock.steady();
    for (int i = 0; i < 1000; ++i) {
        const auto now = clock.steady();
        ASSERT_GE(now, last);
        last = now;
    }
}

}  // namespace
}  // namespace millrace::os
