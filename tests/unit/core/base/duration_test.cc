#include "core/base/duration.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(DurationTest, ReadsGoDurations) {
    const std::vector<std::pair<std::string, std::int64_t>> table = {
        {"0", 0},
        {"0s", 0},
        {"45s", 45'000},
        {"1m30s", 90'000},
        {"1.5h", 5'400'000},
        {"5ms", 5},
        {"1h0m0s", 3'600'000},
        {"1.5s", 1'500},
        {".5s", 500},
        {"1.s", 1'000},
        {"1500us", 1},
        {"999999ns", 0},
        {"0.1s", 100},
        {"4.35s", 4'350},
        {"24h", 86'400'000},
        {"30m1ms", 1'800'001},
    };
    for (const auto& [text, ms] : table) {
        const auto parsed = parse_duration(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value().count(), ms) << text;
    }
}

TEST(DurationTest, RefusesEverythingElseWithGosText) {
    for (const std::string text : {"", "5", "s", ".s", "-1s", "1x", "1 s", " 1s", "1s ", "1sx",
                                   "1..5s", "1d", "1S", "99999999999999999999h", "1m30"}) {
        const auto parsed = parse_duration(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code(), Code::invalid);
        EXPECT_EQ(parsed.error().client_text(), "time: invalid duration \"" + text + "\"");
    }
}

TEST(DurationTest, WritesTheFullGoForm) {
    const std::vector<std::pair<std::int64_t, std::string>> table = {
        {0, "0s"},
        {5, "5ms"},
        {999, "999ms"},
        {1'000, "1s"},
        {1'500, "1.5s"},
        {1'050, "1.05s"},
        {60'000, "1m0s"},
        {90'000, "1m30s"},
        {3'600'000, "1h0m0s"},
        {5'400'000, "1h30m0s"},
        {3'600'001, "1h0m0.001s"},
        {86'400'000, "24h0m0s"},
    };
    for (const auto& [ms, text] : table) {
        EXPECT_EQ(format_duration(Milliseconds(ms)), text);
        const auto parsed = parse_duration(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value().count(), ms) << text;
    }
    EXPECT_EQ(format_duration(Milliseconds(-90'000)), "-1m30s");
}

}  // namespace
}  // namespace millrace
