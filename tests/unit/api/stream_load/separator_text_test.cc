#include "api/stream_load/separator_text.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::stream_load {
namespace {

TEST(SeparatorTextTest, HexadecimalAndEscapedCharactersAreWhatTheyStandFor) {
    struct Case {
        std::string text;
        std::string wanted;
    };
    for (const auto& [text, wanted] : {
             Case{.text = ",", .wanted = ","},
             Case{.text = "\\x01", .wanted = "\x01"},
             Case{.text = "\\X0a", .wanted = "\n"},
             Case{.text = "\\x01\\x02", .wanted = "\x01\x02"},
             Case{.text = "\\x0102", .wanted = "\x01\x02"},
             Case{.text = "\\t", .wanted = "\t"},
             Case{.text = "|@|\\n", .wanted = "|@|\n"},
             Case{.text = "01030204", .wanted = "01030204"},
             Case{.text = "\\q", .wanted = "\\q"},
             Case{.text = "\\\\", .wanted = "\\"},
             Case{.text = "a\\", .wanted = "a\\"},
         }) {
        const auto parsed = parse_separator(text, "Column separator");
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value(), wanted) << text;
    }
}

TEST(SeparatorTextTest, WhatIsNoSeparatorIsRefusedInTheWordsOfDoris) {
    struct Case {
        std::string text;
        std::string wanted;
    };
    for (const auto& [text, wanted] : {
             Case{.text = "", .wanted = "Column separator is null or empty"},
             Case{.text = "\\x", .wanted = "Hex str is empty"},
             Case{.text = "\\x0", .wanted = "Hex str length error"},
             Case{.text = "\\xzz", .wanted = "Hex str format error"},
         }) {
        const auto parsed = parse_separator(text, "Column separator");
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_TRUE(parsed.error().client_text().ends_with(wanted)) << parsed.error().client_text();
    }
}

}  // namespace
}  // namespace millrace::stream_load
