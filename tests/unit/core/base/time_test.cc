#include "core/base/time.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(TimeTest, WritesAndReadsUtc) {
    const std::vector<std::pair<std::int64_t, std::string>> table = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951'782'399'000, "2000-02-28T23:59:59.000Z"},
        {951'782'400'000, "2000-02-29T00:00:00.000Z"},
        {1'767'323'045'678, "2026-01-02T03:04:05.678Z"},
        {253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
        {-62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
    };
    for (const auto& [ms, text] : table) {
        EXPECT_EQ(format_utc({ms}), text);
        EXPECT_EQ(parse_utc(text), WallTime{ms}) << text;
    }
}

TEST(TimeTest, ReadsNothingElse) {
    for (const std::string text :
         {"", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678", "2026-01-02 03:04:05.678Z",
          "2026-01-02T03:04:05,678Z", "2026-13-02T03:04:05.678Z", "2026-00-02T03:04:05.678Z",
          "2026-02-29T03:04:05.678Z", "2026-01-00T03:04:05.678Z", "2026-01-32T03:04:05.678Z",
          "2026-01-02T24:04:05.678Z", "2026-01-02T03:60:05.678Z", "2026-01-02T03:04:60.678Z",
          "2026-01-02T03:04:05.67aZ", "+026-01-02T03:04:05.678Z", "2026-01-02T-3:04:05.678Z",
          "2026-01-02T03:04:05.678z", "2026-01-02T03:04:05.6789Z"}) {
        EXPECT_EQ(parse_utc(text), std::nullopt) << text;
    }
}

TEST(TimeTest, AddsAndSubtracts) {
    const WallTime time{1'000};
    EXPECT_EQ(time + Milliseconds(500), WallTime{1'500});
    EXPECT_EQ(WallTime{1'500} - time, Milliseconds(500));
    EXPECT_LT(time, time + Milliseconds(1));
}

}  // namespace
}  // namespace millrace
