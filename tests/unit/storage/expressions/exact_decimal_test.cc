#include "storage/expressions/exact_decimal.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::expressions {
namespace {

std::string text_of(const std::optional<ExactDecimal>& value) {
    return value ? value->text() : "none";
}

TEST(ExactDecimalTest, ReadsAndWritesUpTo38Digits) {
    struct Case {
        std::string text;
        std::string value;
    };
    for (const auto& [text, value] : std::vector<Case>{
             {"0", "0"},
             {"-0", "0"},
             {"1.50", "1.50"},
             {".5", "0.5"},
             {"5.", "5"},
             {" +7 ", "7"},
             {"-0.05", "-0.05"},
             {"007", "7"},
             {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
             {"100000000000000000000000000000000000000", "none"},
             {"0.12345678901234567890123456789012345678",
              "0.12345678901234567890123456789012345678"},
             {"1.23456789012345678901234567890123456789",
              "1.2345678901234567890123456789012345678"},
             {"", "none"},
             {".", "none"},
             {"-", "none"},
             {"1e3", "none"},
             {"1.2.3", "none"},
             {"abc", "none"},
             {"0.00000000000000000000000000000000000000123",
              "0.00000000000000000000000000000000000000"}}) {
        EXPECT_EQ(text_of(ExactDecimal::parse(text)), value) << text;
    }
}

TEST(ExactDecimalTest, ComputesExactlyOrNot) {
    const auto of = [](const char* text) { return ExactDecimal::parse(text).value(); };
    const auto most = of("99999999999999999999999999999999999999");
    EXPECT_EQ(text_of(add(of("0.1"), of("0.20"))), "0.30");
    EXPECT_EQ(text_of(add(most, of("1"))), "none");
    EXPECT_EQ(text_of(add(most, of("0.1"))), "none");
    EXPECT_EQ(text_of(multiply(of("1.5"), of("-2.50"))), "-3.750");
    EXPECT_EQ(text_of(multiply(most, most)), "none");
    EXPECT_EQ(text_of(divide(of("10.0"), of("3"))), "3.33333");
    EXPECT_EQ(text_of(divide(of("-2"), of("3"))), "-0.6667");
    EXPECT_EQ(text_of(divide(of("1"), of("0"))), "none");
    EXPECT_EQ(text_of(remainder(of("-7.5"), of("2"))), "-1.5");
    EXPECT_EQ(text_of(of("2.345").rounded(2)), "2.35");
    EXPECT_EQ(text_of(of("-2.345").rounded(2)), "-2.35");
    EXPECT_EQ(text_of(of("1250").rounded(-2)), "1300");
    EXPECT_EQ(text_of(of("1250").rounded(-30)), "0");
    EXPECT_EQ(text_of(of("2.349").cut(2)), "2.34");
    EXPECT_EQ(text_of(of("-2.1").floor()), "-3");
    EXPECT_EQ(compare(of("1.0"), of("1.000")), 0);
    EXPECT_LT(compare(of("-1"), of("0.5")), 0);
    EXPECT_GT(compare(most, of("0.000000000001")), 0);
}

// Goal    what is a number of few digits is not lost where only the way to it is longer.
TEST(ExactDecimalTest, DividesWhateverTheDigitsOfTheWayAre) {
    const auto of = [](const char* text) { return ExactDecimal::parse(text).value(); };
    EXPECT_EQ(text_of(divide(of("12345678901234567890.1234567890"), of("2.00000"))),
              "6172839450617283945.06172839450000");
    EXPECT_EQ(text_of(divide(of("123456789012345678.12"), of("1.000000000000000000001"))),
              "123456789012345678.119877");
    EXPECT_EQ(text_of(divide(of("-409847871338069881.375425592181"), of("-621751690.63716412857"))),
              "659182560.3530927270008801");
    EXPECT_EQ(text_of(divide(of("0.12345678901234567890123456789012345678"),
                             of("-0.5000000000000000000000000000000000000"))),
              "-0.24691357802469135780246913578024691356");
    EXPECT_EQ(text_of(divide(of("1000000000000000000000.00"), of("0.00000000000000001"))), "none");
    const auto most = of("99999999999999999999999999999999999999");
    EXPECT_EQ(text_of(divide(most, most)), "1.0000");
    EXPECT_EQ(text_of(remainder(most, of("0.7"))), "0.3");
    EXPECT_EQ(text_of(remainder(of("-0.7"), most)), "-0.7");
    EXPECT_EQ(text_of(multiply(of("0.20000000000000000000000000000000000000"),
                               of("-0.30000000000000000000000000000000000000"))),
              "-0.06000000000000000000000000000000000000");
}

}  // namespace
}  // namespace millrace::expressions
