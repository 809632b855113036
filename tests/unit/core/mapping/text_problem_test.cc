#include "core/mapping/text_problem.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::mapping {
namespace {

TEST(TextProblemTest, OfStringNulAndOtherEncodingsAreOne) {
    EXPECT_FALSE(text_problem(DataType::string, "", true));
    EXPECT_FALSE(text_problem(DataType::string, "\u017elu\u0165 \\u0000", true));
    EXPECT_TRUE(text_problem(DataType::string, std::string_view("a\0b", 3), false));
    EXPECT_TRUE(text_problem(DataType::string, "\xff", true));
    EXPECT_FALSE(text_problem(DataType::string, "\xff", false)) << "it was looked at before";
    EXPECT_FALSE(text_problem(DataType::integer, std::string_view("\0", 1), true));
}

TEST(TextProblemTest, OfJsonEscapesOfNoCharacterAreOne) {
    for (const auto* text :
         {R"("\ud83d\ude00")", R"("\u0001")", R"("\\u0000")", R"({"a":"\n\""})"}) {
        EXPECT_FALSE(text_problem(DataType::json, text, true)) << text;
    }
    for (const auto* text : {R"("\u0000")", R"("\ud800")", R"("\ud800x")", R"("\ud800\n")",
                             R"("\udc00")", R"("\ud800\ud800")", R"("\\\ud83d")"}) {
        EXPECT_TRUE(text_problem(DataType::json, text, true)) << text;
    }
}

TEST(TextProblemTest, OfJsonNumbersOfVeryManyDigitsAreOne) {
    const auto digits = [](std::size_t count) { return std::string(count, '1'); };
    const std::string fine[] = {"[1e15999,-1.5E-15996]", digits(16'000), "true", R"("\\")",
                                R"({"1e999999":"1e999999\"1e999999"})"};
    for (const auto& text : fine) {
        EXPECT_FALSE(text_problem(DataType::json, text, true)) << text;
    }
    const std::string huge[] = {"1e16000",
                                "[1,1e-16000]",
                                digits(16'001),
                                "0." + std::string(9000, '0') + "1e-7000",
                                digits(400) + "e-15601",
                                R"({"a\"":1e99999999999999})"};
    for (const auto& text : huge) {
        EXPECT_TRUE(text_problem(DataType::json, text, true)) << text;
    }
}

}  // namespace
}  // namespace millrace::mapping
