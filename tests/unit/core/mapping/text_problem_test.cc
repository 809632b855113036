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

}  // namespace
}  // namespace millrace::mapping
