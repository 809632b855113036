#include "storage/expressions/named_time_zone.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace millrace::expressions {
namespace {

constexpr std::int64_t kWinter = 1'704'067'200;  // 2024-01-01 00:00:00 UTC
constexpr std::int64_t kSummer = 1'719'792'000;  // 2024-07-01 00:00:00 UTC

TEST(TimeZoneTest, OffsetsAreFixed) {
    struct Case {
        std::string name;
        std::int64_t offset;
    };
    for (const auto& [name, offset] : std::vector<Case>{{"UTC", 0},
                                                        {"utc", 0},
                                                        {"Z", 0},
                                                        {"+08:00", 28'800},
                                                        {"+0800", 28'800},
                                                        {"+8", 28'800},
                                                        {"-05:30", -19'800},
                                                        {"GMT+8", 28'800},
                                                        {"UTC-03:00", -10'800}}) {
        const auto zone = TimeZone::find(name);
        ASSERT_TRUE(zone.ok()) << name;
        EXPECT_EQ(zone.value().offset_at(kWinter), offset) << name;
        EXPECT_EQ(zone.value().unix_seconds(kWinter + offset), kWinter) << name;
    }
}

TEST(TimeZoneTest, RefusesWhatIsNoZone) {
    for (const auto* name :
         {"", "+25:00", "+08:60", "+08:0", "Mars/Base", "../etc/passwd", "/etc/passwd", "Europe",
          "zone.tab", "Europe/Berlin\n", "posixrules x"}) {
        const auto zone = TimeZone::find(name);
        ASSERT_FALSE(zone.ok()) << name;
        EXPECT_EQ(zone.error().code(), Code::invalid) << name;
    }
}

TEST(TimeZoneTest, NamesAreOfTheZoneFilesOfTheSystem) {
    if (!std::filesystem::exists("/usr/share/zoneinfo/Europe/Berlin")) {
        GTEST_SKIP() << "no zone files";
    }
    const auto found = TimeZone::find("Europe/Berlin");
    ASSERT_TRUE(found.ok()) << found.error().client_text();
    const auto& berlin = found.value();
    EXPECT_EQ(berlin.offset_at(kWinter), 3600);
    EXPECT_EQ(berlin.offset_at(kSummer), 7200);
    EXPECT_EQ(berlin.unix_seconds(berlin.local(kSummer)), kSummer);
    // Clocks go from 2:00 to 3:00 at 2024-03-31 01:00 UTC and back at 2024-10-27 01:00 UTC.
    constexpr std::int64_t kAhead = 1'711'846'800;
    constexpr std::int64_t kBack = 1'729'990'800;
    EXPECT_EQ(berlin.local(kAhead) - berlin.local(kAhead - 1), 3601);
    EXPECT_EQ(berlin.unix_seconds(berlin.local(kAhead)), kAhead);
    EXPECT_EQ(berlin.unix_seconds(berlin.local(kBack)), kBack - 3600);  // the first of the two

    const auto china = TimeZone::find("CST");
    ASSERT_TRUE(china.ok());
    EXPECT_EQ(china.value().offset_at(kSummer), 28'800);
}

}  // namespace
}  // namespace millrace::expressions
