#include "core/base/time_pattern.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

std::string print(std::string_view pattern, WallTime time = {1'767'323'045'008}) {
    std::string out;
    append_time(out, time, pattern);
    return out;
}

TEST(TimePatternTest, EverySpecificationIsPrintedInUtc) {
    const std::pair<const char*, const char*> cases[] = {
        {"%Y-%m-%dT%H:%M:%S.%fZ", "2026-01-02T03:04:05.008Z"},
        {"%A %a %B %b %h", "Friday Fri January Jan Jan"},
        {"%C %y %e %j %k %l %I %p", "20 26  2 002  3  3 03 AM"},
        {"%c|%v|%x|%X", "Fri Jan  2 03:04:05 2026| 2-Jan-2026|01/02/26|03:04:05"},
        {"%D %F %R %r %T", "01/02/26 2026-01-02 03:04 03:04:05 AM 03:04:05"},
        {"%U %V %W %u %w", "00 01 00 5 5"},
        {"%Z %z %n%t%%", "UTC +0000 \n\t%"},
        {"no specification", "no specification"},
        {"", ""}};
    for (const auto& [pattern, text] : cases) {
        EXPECT_TRUE(check_time_pattern(pattern).ok()) << pattern;
        EXPECT_EQ(print(pattern), text) << pattern;
    }
    EXPECT_EQ(print("%F %T.%f", {-1}), "1969-12-31 23:59:59.999");
}

TEST(TimePatternTest, OtherSpecificationsAreRefusedByName) {
    for (const auto* pattern : {"%Q", "%", "a %E", "%-d"}) {
        const auto checked = check_time_pattern(pattern);
        ASSERT_FALSE(checked.ok()) << pattern;
        EXPECT_EQ(checked.error().code(), Code::invalid);
    }
    EXPECT_EQ(check_time_pattern("a %Q b").error().client_text(),
              "datetime format \"a %Q b\" is invalid: unknown specification \"%Q\"");
}

}  // namespace
}  // namespace millrace
