// Goal    a text becomes a value of its column as Apache Doris' users expect, and always one that
//         slices may have.

#include "core/bulk/cell_value.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::bulk {
namespace {

using Table = std::vector<std::pair<std::string, std::string>>;  // to "-": it is none

void expect(DataType type, const Table& table, bool strict = false, std::string_view zone = "UTC") {
    CellValue values(TimeZone::parse(zone).value(), strict);
    for (const auto& [text, wanted] : table) {
        const auto value = values.of(type, Cell{.text = text});
        EXPECT_EQ(value.value_or("-"), wanted) << to_string(type) << ": " << text;
        if (!value) continue;
        EXPECT_FALSE(is_null(type, *value)) << text;
        EXPECT_TRUE(fits(type, *value)) << *value;
    }
}

TEST(CellValueTest, ATextThatIsAValueOfTheTypeIsTakenAsItIs) {
    CellValue values(TimeZone::parse("UTC").value(), false);
    const Cell date{.text = "2026-01-31", .type = DataType::date};
    EXPECT_EQ(values.of(DataType::date, date)->data(), date.text.data());
    EXPECT_EQ(values.of(DataType::timestamp, date), "2026-01-31T00:00:00.000000Z");
    EXPECT_EQ(values.of(DataType::integer, date), std::nullopt);
}

TEST(CellValueTest, WholeNumbers) {
    const Table both = {{"0", "0"},
                        {"-42", "-42"},
                        {"+7", "7"},
                        {"007", "7"},
                        {" 12 ", "12"},
                        {"9223372036854775807", "9223372036854775807"},
                        {"-9223372036854775808", "-9223372036854775808"},
                        {"9223372036854775808", "-"},
                        {"1e3", "1000"},
                        {"1e+16", "10000000000000000"},
                        {"-1.7E+18", "-1700000000000000000"},
                        {"9223372036854775807e0", "9223372036854775807"},
                        {"9.223372036854775808e18", "-"},
                        {"1e400", "-"},
                        {"1e99999999999", "-"},
                        {"0e9", "0"},
                        {"1e", "-"},
                        {"", "-"},
                        {"-", "-"},
                        {".", "-"},
                        {"abc", "-"},
                        {"12a", "-"},
                        {"null", "-"},
                        {"\"3.12\"", "-"}};
    expect(DataType::integer, both);
    expect(DataType::integer, both, true);
    expect(DataType::integer, {{"3.12", "3"}, {"-3.9", "-3"}, {"-0.5", "0"}, {".5", "0"}});
    expect(DataType::integer, {{"1.25e1", "12"}, {"-1e-7", "0"}, {"1.0e-400", "0"}});
    expect(DataType::integer, {{"3.12", "-"}, {"3.0", "-"}, {"1.25e1", "-"}, {"1e-7", "-"}}, true);
}

TEST(CellValueTest, Decimals) {
    expect(DataType::decimal,
           {{"19.90", "19.90"},
            {"+1.5", "1.5"},
            {".5", "0.5"},
            {"5.", "5"},
            {"007.10", "7.10"},
            {"1.2e3", "1200"},
            {"12.345e1", "123.45"},
            {"12e-3", "0.012"},
            {"-1e2", "-100"},
            {"1e99999999999", "-"},
            {"0", "0"},
            {"-0.50", "-0.50"},
            {"-12.5", "-12.5"},
            {"1234567890.12345678", "1234567890.12345678"},
            {"12345678901234567.890", "12345678901234567.890"},
            {"-", "-"},
            {".", "-"},
            {"-.5", "-0.5"},
            {"-01.5", "-1.5"},
            {"1.5x", "-"},
            {"1,5", "-"},
            {" 1.5 ", "1.5"},
            {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678"},
            {"123456789012345678901234567890123456789", "-"},
            {"1e38", "-"},
            {"", "-"},
            {"1.2.3", "-"},
            {"x", "-"}});
}

TEST(CellValueTest, Doubles) {
    expect(DataType::float64, {{"1.5e300", "1.5e300"},
                               {"+1", "1"},
                               {".5e1", "0.5e1"},
                               {"0.125", "0.125"},
                               {"-7", "-7"},
                               {"00.5", "0.5"},
                               {"5.", "5"},
                               {"-", "-"},
                               {"1e400", "-"},
                               {"nan", "-"},
                               {"inf", "-"},
                               {"", "-"}});
}

TEST(CellValueTest, Booleans) {
    expect(DataType::boolean, {{"true", "1"},
                               {"FALSE", "0"},
                               {"1", "1"},
                               {"0", "0"},
                               {"2", "-"},
                               {"yes", "-"},
                               {"", "-"}});
}

TEST(CellValueTest, Days) {
    expect(DataType::date, {{"2024-04-02", "2024-04-02"},
                            {"2024-4-2", "2024-04-02"},
                            {"2024/04/02", "2024-04-02"},
                            {"20240402", "2024-04-02"},
                            {"2024-04-02 23:30:00", "2024-04-02"},
                            {"2024-02-29", "2024-02-29"},
                            {"2023-02-29", "-"},
                            {"2024-14-2", "-"},
                            {"2024-4-222", "-"},
                            {"0000-01-01", "-"},
                            {"", "-"},
                            {"today", "-"}});
    expect(DataType::date, {{"2024-04-02T23:30:00Z", "2024-04-03"}}, false, "+08:00");
}

TEST(CellValueTest, Times) {
    const std::string wanted = "2022-12-01T09:30:31.000000Z";
    expect(DataType::timestamp, {{"2022-12-01 09:30:31", wanted},
                                 {"2022-12-01T09:30:31", wanted},
                                 {"2022-12-01:09:30:31", wanted},
                                 {"2022-12-1 9:30:31", wanted},
                                 {"20221201093031", wanted},
                                 {"20221201T093031", wanted},
                                 {"2022-12-01T09:30:31Z", wanted},
                                 {"2022-12-01 17:30:31+08:00", wanted},
                                 {"2022-12-01 17:30:31 +0800", wanted},
                                 {"Thu, 01 Dec 2022 09:30:31 GMT", wanted},
                                 {"2022-12-01 09:30:31.1234567", "2022-12-01T09:30:31.123456Z"},
                                 {"2022-12-01", "2022-12-01T00:00:00.000000Z"},
                                 {"2022-12-01 09:30", "2022-12-01T09:30:00.000000Z"},
                                 {"2022-12-01 09:30:60", "-"},
                                 {"2022-12-01 24:00:00", "-"},
                                 {"2022-13-01 00:00:00", "-"},
                                 {"2022-12-01 09:30:31 MEZ", "-"},
                                 {"1669887031", "-"},
                                 {"", "-"}});
}

TEST(CellValueTest, TimesWithoutAnOffsetAreOfTheZoneOfTheLoad) {
    expect(DataType::timestamp,
           {{"2022-12-01 09:30:31", "2022-12-01T01:30:31.000000Z"},
            {"2022-12-01 00:00:00", "2022-11-30T16:00:00.000000Z"},
            {"2022-12-01T09:30:31Z", "2022-12-01T09:30:31.000000Z"},
            {"2022-12-01T09:30:31+01:00", "2022-12-01T08:30:31.000000Z"},
            {"0001-01-01 00:00:00", "-"}},
           false, "Asia/Shanghai");
}

TEST(CellValueTest, Json) {
    expect(DataType::json, {{"{\"a\": [1]}", "{\"a\": [1]}"},
                            {"1", "1"},
                            {"null", "null"},
                            {"abc", "-"},
                            {"[1,2", "-"},
                            {"", "-"}});
}

TEST(CellValueTest, TextIsAsItIs) {
    expect(DataType::string, {{" a ", " a "}, {"", ""}, {"null", "null"}});
}

}  // namespace
}  // namespace millrace::bulk
