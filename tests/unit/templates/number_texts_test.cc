#include "templates/number_texts.h"

#include <gtest/gtest.h>

namespace millrace::templates {
namespace {

constexpr std::size_t kEnough = 1000;

TEST(NumberTextsTest, NumbersThatArePassedOnKeepTheirText) {
    NumberTexts numbers;
    numbers.add("19.90", 19.90);
    numbers.add("12345678901234567890", 12345678901234567890.0);
    numbers.add("1e5", 1e5);
    EXPECT_EQ(numbers.restored(R"([19.899999999999999, "19.899999999999999", {"a": [ ]}, 7, )"
                               "100000, 12345678901234567168]",
                               kEnough),
              R"([19.90,"19.899999999999999",{"a":[]},7,1e5,12345678901234567890])");
}

TEST(NumberTextsTest, WhereTwoTextsAreOneDoubleJsonnetsPrintStays) {
    NumberTexts numbers;
    numbers.add("9007199254740993", 9007199254740992.0);
    numbers.add("9007199254740992", 9007199254740992.0);
    numbers.add("1.0", 1);
    numbers.add("1.0", 1);
    EXPECT_EQ(numbers.restored("[9007199254740992, 1]", kEnough), "[9007199254740992,1.0]");
}

TEST(NumberTextsTest, ZeroAndMinusZeroAreTwoNumbers) {
    NumberTexts numbers;
    numbers.add("0", 0.0);
    numbers.add("-0.0", -0.0);
    numbers.add("1.50", 1.5);
    EXPECT_EQ(numbers.restored("[0, -0, 1.5]", kEnough), "[0,-0.0,1.50]");
}

TEST(NumberTextsTest, WhatItBecomesHasALimit) {
    const std::string text = "1." + std::string(500, '0');
    NumberTexts numbers;
    numbers.add(text, 1);
    EXPECT_EQ(numbers.restored("[1, 1]", 1007), "[" + text + "," + text + "]");
    EXPECT_EQ(numbers.restored("[1, 1]", 1006), std::nullopt);
    EXPECT_EQ(numbers.restored("[1, 1]", 3), std::nullopt);
    numbers.clear();
    EXPECT_EQ(numbers.restored(R"(["ab", 12, { }])", 12), R"(["ab",12,{}])");
    EXPECT_EQ(numbers.restored(R"(["ab", 12, { }])", 11), std::nullopt);
}

// Goal    a number that is there very many times is not compared with all the others each time.
// Method  so many that comparing each with each would take longer than a test may.
TEST(NumberTextsTest, TheSameNumberMayBeThereVeryManyTimes) {
    constexpr std::size_t kNumbers = 300'000;
    NumberTexts numbers;
    std::string printed = "[0";
    std::string expected = "[0";
    for (std::size_t i = 0; i < kNumbers; ++i) {
        numbers.add("1.0", 1);
        printed += ", 1";
        expected += ",1.0";
    }
    EXPECT_EQ(numbers.restored(printed + "]", 4 * kNumbers + kEnough), expected + "]");
}

TEST(NumberTextsTest, ANewEvaluationForgetsTheLast) {
    NumberTexts numbers;
    numbers.add("1.0", 1);
    numbers.clear();
    EXPECT_EQ(numbers.restored("[1, 2]", kEnough), "[1,2]");
}

}  // namespace
}  // namespace millrace::templates
