#include "api/cli/readable.h"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::cli {
namespace {

TEST(ReadableTest, RatesHaveFewDigits) {
    EXPECT_EQ(readable_rate(0), "0");
    EXPECT_EQ(readable_rate(-1), "0");
    EXPECT_EQ(readable_rate(std::numeric_limits<double>::quiet_NaN()), "0");
    EXPECT_EQ(readable_rate(0.01), "<0.1");
    EXPECT_EQ(readable_rate(0.34), "0.3");
    EXPECT_EQ(readable_rate(12), "12");
    EXPECT_EQ(readable_rate(1200.4), "1,200");
}

TEST(ReadableTest, SizesAreOfTheirUnit) {
    EXPECT_EQ(readable_bytes(0), "0 B");
    EXPECT_EQ(readable_bytes(999), "999 B");
    EXPECT_EQ(readable_bytes(1536), "1.5 KB");
    EXPECT_EQ(readable_bytes(500 << 10), "500 KB");
    EXPECT_EQ(readable_bytes(3.0 * (1 << 30)), "3.0 GB");
}

TEST(ReadableTest, TimesAreOfTheirUnit) {
    EXPECT_EQ(readable_time(Milliseconds(-5)), "0 s");
    EXPECT_EQ(readable_time(Milliseconds(119'999)), "119 s");
    EXPECT_EQ(readable_time(Milliseconds(120'000)), "2 min");
    EXPECT_EQ(readable_time(Milliseconds(7'200'000)), "2 h");
    EXPECT_EQ(readable_time(Milliseconds(172'800'000)), "2 d");
    EXPECT_EQ(readable_age("2026-11-30T03:00:00.000Z", "2026-11-30T03:00:07.500Z"), "7 s");
    EXPECT_EQ(readable_age("", "2026-11-30T03:00:07.500Z"), "");
}

TEST(ReadableTest, OneIsNoPlural) {
    EXPECT_EQ(counted(1, "row"), "1 row");
    EXPECT_EQ(counted(0, "row"), "0 rows");
    EXPECT_EQ(counted(1200, "row"), "1,200 rows");
}

}  // namespace
}  // namespace millrace::cli
