// Goal    the times that programs print are taken, what could mean several times is not.

#include "core/model/timestamp.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

TEST(TimestampTest, IsPrintedInUtcSoThatTheySort) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000000Z"},
        {"2026-01-31 09:30:00", "2026-01-31T09:30:00.000000Z"},
        {"2026-01-31T09:30:00.5+01:00", "2026-01-31T08:30:00.500000Z"},
        {"2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00.000000Z"},
        {"2026-01-01T00:00:00+00:01", "2025-12-31T23:59:00.000000Z"},
        {"2026-01-31T09:30:00.123456789Z", "2026-01-31T09:30:00.123456Z"},
        {"2026-04-30T09:30:00.1234567Z", "2026-04-30T09:30:00.123456Z"},
        {"2024-02-29T09:30:00.12345Z", "2024-02-29T09:30:00.123450Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"},
        {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999Z"},
    };
    for (const auto& [text, expected] : table) EXPECT_EQ(parse_timestamp(text), expected);
}

TEST(TimestampTest, OneTimeInTheFormsOfManyPrograms) {
    for (const auto* text : {
             "2026-01-31 09:30:00+00",           // PostgreSQL
             "2026-01-31 15:00:00+05:30",        // PostgreSQL, a zone of half hours
             "2026-01-31T10:30:00.000000+0100",  // Suricata
             "2026-01-31T09:30:00.000+0000",     // Jira
             "2026-01-31 09:30:00,000",          // Python's logging
             "2026-01-31 01:30:00 -0800",        // git, Ruby
             "2026-01-31 09:30:00 UTC",          // Ruby, Go
             "2026-01-31T09:30Z",                // ISO 8601 without seconds
             "2026-01-31T09:30:00+00:00",        // date -Iseconds
             "Sat Jan 31 09:30:00 UTC 2026",     // date
             "Sat Jan 31 09:30:00 AM UTC 2026",  // date in an American locale
             "Sat Jan 31 09:30:00 2026",         // asctime
             "Sat Jan 31 10:30:00 +0100 2026",   // Twitter
             "Sat, 31 Jan 2026 09:30:00 +0000",  // date -R, mail
             "Sat, 31 Jan 2026 09:30:00 GMT",    // HTTP
             "31 Jan 2026 09:30 +0000",          // mail without what may be left out
         }) {
        EXPECT_EQ(parse_timestamp(text), "2026-01-31T09:30:00.000000Z") << text;
    }
    EXPECT_EQ(parse_timestamp("Sun Feb  1 12:05:00 AM UTC 2026"), "2026-02-01T00:05:00.000000Z");
    EXPECT_EQ(parse_timestamp("Sun Feb  1 12:05:00 PM UTC 2026"), "2026-02-01T12:05:00.000000Z");
    EXPECT_EQ(parse_timestamp("Sun, 1 Feb 2026 01:05:00 PM GMT"), "2026-02-01T13:05:00.000000Z");
}

TEST(TimestampTest, WhatIsNoTimeOrCouldBeSeveral) {
    for (const auto* text : {
             "",
             " ",
             "now",
             "1767323045",
             "1767323045000",
             "01/02/2026 09:30:00",           // which is the month?
             "Sat Jan 31 09:30:00 CET 2026",  // an hour ahead, or China
             "Sat Jan 31 09:30:00 EST 2026",
             "Sat, 31 Jan 2026 09:30:00",  // mail without a zone
             "Sat, 31 Jan 26 09:30:00 GMT",
             "Sat, 31 Jan 2026 09:30:00 +01:",
             "Sat, 31 Feb 2026 09:30:00 GMT",
             "Sat Jan 31 13:30:00 PM UTC 2026",
             "Sat Jan 31 00:30:00 AM UTC 2026",
             "Sat Jan 31 09:30:00 UTC",
             "Sat Jan 31 09:30:00 UTC 2026 ",
             "2026-01-31T09:30:00+1",
             "2026-01-31T09:30:00+001",
             "2026-01-31T09:30:00+01000",
             "2026-01-31T09:30:00+01:0",
             "2026-01-31T09:30:00 ",
             "2026-01-31T09:30:00  Z",
             "2026-01-31T09",
             "2026-01-31T09:3",
             "2026-01-31T09:30:0",
             "2026-02-29T09:30:00Z",
             "2026-04-31T09:30:00Z",
             "2026-01-31T09:30:00.1234567890Z",
             "2026-01-31T09:30:00,",
             "2026-01-31T09:30:00 CET",
             "infinity",
         }) {
        EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
    }
    const std::string embedded("2026-01-31T09:30:00Z\0", 21);
    EXPECT_FALSE(parse_timestamp(embedded).has_value());
}

TEST(TimestampTest, ADayIsADayAndNothingElse) {
    EXPECT_TRUE(parse_date("2024-02-29").has_value());
    EXPECT_FALSE(parse_date("2023-02-29").has_value());
    EXPECT_FALSE(parse_date("2024-02-29 ").has_value());
}

}  // namespace
}  // namespace millrace
