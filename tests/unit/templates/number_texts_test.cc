#include "templates/number_texts.h"

#include <gtest/gtest.h>

namespace millrace::templates {
namespace {

TEST(NumberTextsTest, NumbersThatArePassedOnKeepTheirText) {
    NumberTexts numbers;
    numbers.add("19.90", 19.90);
    numbers.add("12345678901234567890", 12345678901234567890.0);
    numbers.add("1e5", 1e5);
    std::string out;
    numbers.append_restored(out,
                            R"([19.899999999999999, "19.899999999999999", {"a": [ ]}, 7, 100000, )"
                            "12345678901234567168]");
    EXPECT_EQ(out, R"([19.90,"19.899999999999999",{"a":[]},7,1e5,12345678901234567890])");
}

TEST(NumberTextsTest, WhereTwoTextsAreOneDoubleJsonnetsPrintStays) {
    NumberTexts numbers;
    numbers.add("9007199254740993", 9007199254740992.0);
    numbers.add("9007199254740992", 9007199254740992.0);
    numbers.add("1.0", 1);
    numbers.add("1.0", 1);
    std::string out;
    numbers.append_restored(out, "[9007199254740992, 1]");
    EXPECT_EQ(out, "[9007199254740992,1.0]");
}

TEST(NumberTextsTest, ZeroAndMinusZeroAreTwoNumbers) {
    NumberTexts numbers;
    numbers.add("0", 0.0);
    numbers.add("-0.0", -0.0);
    numbers.add("1.50", 1.5);
    std::string out;
    numbers.append_restored(out, "[0, -0, 1.5]");
    EXPECT_EQ(out, "[0,-0.0,1.50]");
}

TEST(NumberTextsTest, ANewEvaluationForgetsTheLast) {
    NumberTexts numbers;
    numbers.add("1.0", 1);
    numbers.clear();
    std::string out;
    numbers.append_restored(out, "[1, 2]");
    EXPECT_EQ(out, "[1,2]");
}

}  // namespace
}  // namespace millrace::templates
