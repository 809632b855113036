#include "core/bulk/time_zone.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::bulk {
namespace {

TEST(TimeZoneTest, AZoneIsItsOffset) {
    const std::vector<std::pair<std::string, int>> table = {{"UTC", 0},
                                                            {"gmt", 0},
                                                            {"Z", 0},
                                                            {"+08:00", 480},
                                                            {"+8:00", 480},
                                                            {"-05:30", -330},
                                                            {"-0530", -330},
                                                            {"+9", 540},
                                                            {"UTC+8", 480},
                                                            {"GMT-3:30", -210},
                                                            {"Asia/Kolkata", 330},
                                                            {"asia/shanghai", 480}};
    for (const auto& [text, minutes] : table) {
        const auto zone = TimeZone::parse(text);
        ASSERT_TRUE(zone.ok()) << text;
        EXPECT_EQ(zone.value().offset(), std::chrono::minutes(minutes)) << text;
    }
}

TEST(TimeZoneTest, ZonesWhoseOffsetChangesAreRefused) {
    for (const auto* text : {"", "Europe/Berlin", "+15:00", "+1:5", "08:00", "+08:60", "+", "UTC8",
                             "../../etc/passwd"}) {
        const auto zone = TimeZone::parse(text);
        ASSERT_FALSE(zone.ok()) << text;
        EXPECT_EQ(zone.error().code(), Code::invalid);
    }
}

}  // namespace
}  // namespace millrace::bulk
