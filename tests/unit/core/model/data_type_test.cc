#include "core/model/data_type.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

namespace millrace {
namespace {

TEST(DataTypeTest, HasTheNamesOfTheApi) {
    for (const std::string name :
         {"STRING", "INTEGER", "DECIMAL", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "JSON"}) {
        const auto type = data_type_from(name);
        ASSERT_TRUE(type) << name;
        EXPECT_EQ(to_string(*type), name);
        EXPECT_FALSE(rule_of(*type).empty());
    }
    EXPECT_EQ(data_type_from("integer"), std::nullopt);
    EXPECT_EQ(data_type_from(""), std::nullopt);
}

TEST(DataTypeTest, KnowsWhichTextsFit) {
    const std::string digits38(38, '9');
    struct Row {
        DataType type;
        std::vector<std::string> fit;
        std::vector<std::string> misfit;
    };
    const std::vector<Row> table = {
        {DataType::string, {"", "anything", "null"}, {}},
        {DataType::integer,
         {"0", "-0", "42", "-1", "9223372036854775807", "-9223372036854775808"},
         {"9223372036854775808", "-9223372036854775809", "1.0", "1e5", "+1", "01", "-", "- 1", " 1",
          "1 ", "1_000", "0x10", "true", "\"1\""}},
        {DataType::decimal,
         {"0", "19.90", "-0.00", digits38, "-" + digits38, "0." + std::string(37, '1')},
         {digits38 + "0", "1" + std::string(37, '0') + ".1", ".5", "5.", "1e5", "01.5", "1,5", "-",
          "--1", "NaN", "1.5 "}},
        {DataType::float64,
         {"0", "-1.5", "1e5", "1E+5", "1.7976931348623157e308", "2.5e-308", "0e999",
          std::string(308, '9')},
         {std::string(310, '9'), "1e400", "-1e400", "1e-400", "NaN", "Infinity", "inf", "+1", ".5",
          "1.", "1e", "0x1p3", "01"}},
        {DataType::boolean, {"true", "false", "1", "0"}, {"True", "TRUE", "yes", "t", "2", "01"}},
        {DataType::date,
         {"2026-01-31", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"},
         {"2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00",
          "0000-01-01", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "01/02/2026", "2026-01-01 ",
          "-2026-01-01", "12026-01-01"}},
        {DataType::timestamp,
         {"2026-01-31T09:30:00Z", "2026-01-31 09:30:00", "2026-01-31t09:30:00.123456789z",
          "2026-01-31T09:30:00-23:59", "2024-02-29T23:59:59+01:00"},
         {"2026-01-31", "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z", "2026-01-31T09:30:60Z",
          "2026-01-31T09:30:00.Z", "2026-01-31T09:30:00.1234567890Z", "2026-01-31T09:30:00+24:00",
          "2023-02-29T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
          "1767323045", "2026-01-31_09:30:00", "2026-01-31T09:30:00ZZ"}},
    };
    for (const auto& row : table) {
        for (const auto& text : row.fit) EXPECT_TRUE(fits(row.type, text)) << text;
        for (const auto& text : row.misfit) {
            EXPECT_FALSE(fits(row.type, text)) << to_string(row.type) << " " << text;
        }
    }
}

TEST(DataTypeTest, KnowsWhatIsNull) {
    for (const auto type : {DataType::integer, DataType::decimal, DataType::float64,
                            DataType::boolean, DataType::date, DataType::timestamp}) {
        EXPECT_TRUE(is_null(type, ""));
        EXPECT_TRUE(is_null(type, "null"));
        EXPECT_FALSE(is_null(type, "0"));
        EXPECT_FALSE(fits(type, ""));
    }
    EXPECT_TRUE(is_null(DataType::json, ""));
    EXPECT_FALSE(is_null(DataType::json, "null")) << "a value of JSON";
    EXPECT_FALSE(is_null(DataType::string, ""));
    EXPECT_FALSE(is_null(DataType::string, "null"));
}

TEST(DataTypeTest, ReadsValues) {
    EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(parse_double("0.1"), 0.1);
    EXPECT_EQ(parse_double("-0"), 0.0);
    EXPECT_EQ(parse_boolean("1"), true);
    EXPECT_EQ(parse_boolean("false"), false);
}

TEST(DataTypeTest, ADayIsOneOfTheCalendar) {
    for (const auto* text :
         {"2026-01-28", "2026-02-28", "2024-02-29", "2026-04-30", "0001-01-01"}) {
        EXPECT_TRUE(fits(DataType::date, text)) << text;
    }
    for (const auto* text : {"2026-02-29", "2026-04-31", "0000-01-01", "2026-13-01", "2026-00-10",
                             "2026-01-00", "2026-1-01", "2026/01/01", "2026-01-01 ", "", "x"}) {
        EXPECT_FALSE(fits(DataType::date, text)) << text;
    }
}

// Goal    short numbers are read another way, and are the same doubles.
TEST(DataTypeTest, AShortNumberIsTheDoubleThatIsNextToIt) {
    for (const auto* text : {"0.1", "0.3", "-2.675", "1.005", "123456789.012345", "999999999999999",
                             "0.00000000000001", "9007199254.74099", "-0.5", "4.35", "8.41"}) {
        EXPECT_EQ(parse_double(text), std::strtod(text, nullptr)) << text;
    }
    for (int whole = 0; whole < 100; ++whole) {
        for (int part = 0; part < 1000; part += 7) {
            const auto text = fmt::format("{}.{:03}", whole, part);
            ASSERT_EQ(parse_double(text), std::strtod(text.c_str(), nullptr)) << text;
        }
    }
    EXPECT_TRUE(std::signbit(parse_double("-0").value()));
    for (const auto* text : {"", "-", ".", "5.", ".5", "-.5", "01", "-01.5", "+1", "1 ", "1.2.3"}) {
        EXPECT_EQ(parse_double(text), std::nullopt) << text;
        EXPECT_EQ(parse_integer(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_integer("1.0"), std::nullopt);
    EXPECT_EQ(parse_integer("-999999999999999"), -999'999'999'999'999);
    EXPECT_EQ(parse_integer("1000000000000000"), 1'000'000'000'000'000);
}

}  // namespace
}  // namespace millrace
