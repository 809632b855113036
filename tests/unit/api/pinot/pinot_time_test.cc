#include "api/pinot/pinot_time.h"

#include <gtest/gtest.h>

namespace millrace::pinot {
namespace {

TEST(PinotTimeTest, KnowsFormatsOfBothStyles) {
    for (const auto* format :
         {"1:MILLISECONDS:EPOCH", "5:MINUTES:EPOCH", "1:DAYS:SIMPLE_DATE_FORMAT:yyyyMMdd",
          "1:DAYS:SIMPLE_DATE_FORMAT:yyyy-MM-dd tz(America/Los_Angeles)",
          "1:SECONDS:SIMPLE_DATE_FORMAT:yyyy-MM-dd'T'HH:mm:ss", "1:MILLISECONDS:TIMESTAMP", "EPOCH",
          "EPOCH|SECONDS", "EPOCH|MILLISECONDS|10", "SIMPLE_DATE_FORMAT|yyyy-MM-dd|UTC",
          "SIMPLE_DATE_FORMAT|yyyy-MM-dd", "TIMESTAMP", "1:daysSinceEpoch:EPOCH"}) {
        EXPECT_TRUE(is_date_time_format(format)) << format;
    }
    for (const auto* format : {"", "1", "1:MILLISECONDS", "0:DAYS:EPOCH", "-1:DAYS:EPOCH",
                               "1:DAY:EPOCH", "1:DAYS:SIMPLE_DATE_FORMAT", "EPOCH|", "EPOCH|X",
                               "EPOCH|DAYS|0", "1:DAYS:EPOCH:x", "TIMESTAMP|1", "x"}) {
        EXPECT_FALSE(is_date_time_format(format)) << format;
    }
    for (const auto* granularity : {"1:HOURS", "HOURS|1", "15:minutes", "DAYS"}) {
        EXPECT_TRUE(is_granularity(granularity)) << granularity;
    }
    for (const auto* granularity : {"", "1", "HOURS:1", "0:HOURS", "1:HOUR"}) {
        EXPECT_FALSE(is_granularity(granularity)) << granularity;
    }
}

TEST(PinotTimeTest, ReadsPeriodsSizesAndInstants) {
    EXPECT_EQ(parse_period("2d"), Milliseconds(172'800'000));
    EXPECT_EQ(parse_period("4h30m"), Milliseconds(16'200'000));
    EXPECT_EQ(parse_period("1d12h1m1s"), Milliseconds(129'661'000));
    for (const auto* text : {"", "d", "1", "30m4h", "1w", "-1d", "0s", "1.5h", "1d1d"}) {
        EXPECT_FALSE(parse_period(text)) << text;
    }
    EXPECT_EQ(parse_segment_size("150M"), 150U << 20);
    EXPECT_EQ(parse_segment_size("1.5g"), 1'610'612'736U);
    EXPECT_EQ(parse_segment_size("200MB"), 200U << 20);
    EXPECT_EQ(parse_segment_size("104857600"), 104'857'600U);
    for (const auto* text : {"", "M", "x", "1X", "-1M", "1.2.3M", ".5M", "1e5"}) {
        EXPECT_FALSE(parse_segment_size(text)) << text;
    }
    EXPECT_EQ(parse_instant("2022-08-09T12:31:38.222Z")->unix_ms, 1'660'048'298'222);
    EXPECT_EQ(parse_instant("2022-08-09T12:31:38Z")->unix_ms, 1'660'048'298'000);
    EXPECT_EQ(parse_instant("2022-08-09T12:31:38.5Z")->unix_ms, 1'660'048'298'500);
    for (const auto* text : {"", "2022-08-09", "2020-02-08T09", "2022-08-09T12:31:38", "now"}) {
        EXPECT_FALSE(parse_instant(text)) << text;
    }
}

}  // namespace
}  // namespace millrace::pinot
