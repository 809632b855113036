#include "storage/expressions/local_time.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "storage/expressions/mysql_time_format.h"

namespace millrace::expressions {
namespace {

std::string text_of(const std::optional<LocalTime>& time) {
    return time ? time->text() : "none";
}

LocalTime at(const std::string& text) {
    return parse_local_time(text, TimeZone()).value();
}

TEST(LocalTimeTest, ReadsWhatDorisReads) {
    struct Case {
        std::string text;
        std::string time;
    };
    for (const auto& [text, time] :
         std::vector<Case>{{"2024-04-02", "2024-04-02"},
                           {"2024-4-2", "2024-04-02"},
                           {" 2024/4/2 ", "2024-04-02"},
                           {"20240402", "2024-04-02"},
                           {"240402", "2024-04-02"},
                           {"70-1-1", "1970-01-01"},
                           {"20240402030405", "2024-04-02 03:04:05"},
                           {"20240402T030405", "2024-04-02 03:04:05"},
                           {"2022-12-01:09:30:31", "2022-12-01 09:30:31"},
                           {"2023-07-20T05:48:31", "2023-07-20 05:48:31"},
                           {"2022-12-01  09:30", "2022-12-01 09:30:00"},
                           {"2022-12-01 9", "2022-12-01 09:00:00"},
                           {"2022-12-01 09:30:31.5", "2022-12-01 09:30:31.500000"},
                           {"2022-12-01 09:30:31.12345678", "2022-12-01 09:30:31.123456"},
                           {"2022-12-01T23:30:31.25+00:30", "2022-12-01 23:00:31.250000"},
                           {"2022-12-01 23:30:31 -02:00", "2022-12-02 01:30:31"},
                           {"2022-12-01T23:30:31Z", "2022-12-01 23:30:31"},
                           {"0000-01-01", "0000-01-01"},
                           {"9999-12-31 23:59:59", "9999-12-31 23:59:59"},
                           {"9999-12-31 23:59:59-01:00", "none"},
                           {"2024-14-2", "none"},
                           {"2024-4-222", "none"},
                           {"2023-02-29", "none"},
                           {"2024-01-01 24:00:00", "none"},
                           {"2024-01-01 10:60:00", "none"},
                           {"2024-01-01 10:00:00 x", "none"},
                           {"2024-01", "none"},
                           {"2024", "none"},
                           {"", "none"},
                           {"abc", "none"},
                           {"-2024-01-01", "none"}}) {
        EXPECT_EQ(text_of(parse_local_time(text, TimeZone())), time) << text;
    }
}

TEST(LocalTimeTest, MovesByUnitsAndStaysInTheCalendar) {
    struct Case {
        std::string time;
        TimeUnit unit;
        std::int64_t count;
        std::string moved;
    };
    for (const auto& [time, unit, count, moved_time] :
         std::vector<Case>{{"2024-01-31", TimeUnit::month, 1, "2024-02-29"},
                           {"2024-03-31", TimeUnit::month, -1, "2024-02-29"},
                           {"2024-02-29", TimeUnit::year, 1, "2025-02-28"},
                           {"2024-01-01", TimeUnit::quarter, -1, "2023-10-01"},
                           {"2024-02-28", TimeUnit::day, 2, "2024-03-01"},
                           {"2024-01-01", TimeUnit::week, 1, "2024-01-08"},
                           {"2024-01-01", TimeUnit::hour, 25, "2024-01-02 01:00:00"},
                           {"2024-01-01 00:00:10", TimeUnit::second, -11, "2023-12-31 23:59:59"},
                           {"2024-01-01 23:59:00", TimeUnit::minute, 1, "2024-01-02 00:00:00"},
                           {"9999-12-31", TimeUnit::day, 1, "none"},
                           {"0000-01-01", TimeUnit::day, -1, "none"},
                           {"2024-01-01", TimeUnit::year, INT64_MAX, "none"},
                           {"2024-01-01", TimeUnit::second, INT64_MIN, "none"}}) {
        EXPECT_EQ(text_of(moved(at(time), unit, count)), moved_time) << time << " " << count;
    }
}

TEST(LocalTimeTest, CountsWholeUnits) {
    EXPECT_EQ(whole_units(at("2024-01-31"), at("2024-02-29"), TimeUnit::month), 0);
    EXPECT_EQ(whole_units(at("2024-01-15"), at("2025-01-15"), TimeUnit::year), 1);
    EXPECT_EQ(whole_units(at("2025-01-15"), at("2024-01-16"), TimeUnit::year), 0);
    EXPECT_EQ(whole_units(at("2025-01-15"), at("2024-01-15"), TimeUnit::month), -12);
    EXPECT_EQ(whole_units(at("2024-01-02 10:00:00"), at("2024-01-03 09:59:59"), TimeUnit::day), 0);
    EXPECT_EQ(whole_units(at("2024-01-03"), at("2024-01-02 23:00:00"), TimeUnit::hour), -1);
    EXPECT_EQ(whole_units(at("2024-01-01"), at("2024-01-15"), TimeUnit::week), 2);
}

// The examples of MySQL's manual, and the year's ends.
TEST(LocalTimeTest, WeeksAreThoseOfMySqlsModes) {
    struct Case {
        std::string day;
        int mode;
        int week;
    };
    for (const auto& [day, mode, week] : std::vector<Case>{{"2008-02-20", 0, 7},
                                                           {"2008-02-20", 1, 8},
                                                           {"2008-12-31", 1, 53},
                                                           {"2000-01-01", 0, 0},
                                                           {"2000-01-01", 2, 52},
                                                           {"2000-01-01", 1, 0},
                                                           {"2000-01-01", 3, 52},
                                                           {"2021-01-01", 3, 53},
                                                           {"2018-12-31", 3, 1},
                                                           {"2018-12-31", 1, 53},
                                                           {"2024-01-01", 5, 1},
                                                           {"2023-01-01", 4, 1},
                                                           {"2023-01-01", 6, 1},
                                                           {"2023-01-01", 7, 52}}) {
        EXPECT_EQ(week_of_year(at(day), mode).week, week) << day << " " << mode;
    }
    EXPECT_EQ(week_of_year(at("2018-12-31"), 3).year, 2019);
    EXPECT_EQ(week_of_year(at("2021-01-01"), 3).year, 2020);
}

TEST(LocalTimeTest, PatternsReadWhatTheyWrite) {
    const auto time = at("2024-02-09 15:04:05.000678");
    for (const auto* pattern : {"%Y-%m-%d %H:%i:%s.%f", "%d/%m/%y %T.%f", "%b %e, %Y %r %f",
                                "%W, %M %c %d %Y %k:%i:%S.%f", "%j of %Y at %h:%i:%s %p and %f",
                                "100%% %Y%m%d%H%i%s%f"}) {
        const auto text = format_time(time, pattern);
        EXPECT_EQ(text_of(parse_time(text, pattern)), time.text()) << text;
    }
    EXPECT_EQ(text_of(parse_time("2024-13-01", "%Y-%m-%d")), "none");
    EXPECT_EQ(text_of(parse_time("2024-01", "%Y-%m-%d")), "none");
    EXPECT_EQ(text_of(parse_time("13 PM", "%h %p")), "none");
}

}  // namespace
}  // namespace millrace::expressions
