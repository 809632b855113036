#include "core/mapping/charset.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/utf8.h"

namespace millrace::mapping {
namespace {

using std::string_view_literals::operator""sv;

std::string as_utf8(std::string_view text, Charset charset) {
    std::string out = "before ";
    append_as_utf8(out, text, charset);
    return out.substr(7);
}

TEST(CharsetTest, TextBecomesUtf8) {
    EXPECT_EQ(as_utf8("caf\xe9 \x80", Charset::windows_1252), "caf\xc3\xa9 \xe2\x82\xac");
    EXPECT_EQ(as_utf8("a\0\xe9\0"sv, Charset::utf_16le), "a\xc3\xa9");
    EXPECT_EQ(as_utf8("\0a\0\xe9"sv, Charset::utf_16be), "a\xc3\xa9");
    EXPECT_EQ(as_utf8("\x3d\xd8\x00\xde"sv, Charset::utf_16le), "\xf0\x9f\x98\x80");
    EXPECT_EQ(as_utf8("\xff", Charset::utf8), "\xff") << "is looked at by who reads it";
}

TEST(CharsetTest, WhatIsNoCharacterIsReplaced) {
    const std::string replaced = "\xef\xbf\xbd";
    EXPECT_EQ(as_utf8("\x3d\xd8", Charset::utf_16le), replaced) << "half of a pair";
    EXPECT_EQ(as_utf8("\x00\xde"sv, Charset::utf_16le), replaced) << "the other half";
    EXPECT_EQ(as_utf8("\x3d\xd8\x61\x00"sv, Charset::utf_16le), replaced + "a");
    EXPECT_EQ(as_utf8("a\0b"sv, Charset::utf_16le), "a" + replaced) << "half of a unit";
}

TEST(CharsetTest, AnyBytesOfATranscodedTextAreUtf8) {
    std::string all;
    for (int high = 0; high < 256; ++high) {
        for (int low = 0; low < 256; low += 7) {
            all += static_cast<char>(high);
            all += static_cast<char>(low);
        }
    }
    for (const auto charset : {Charset::windows_1252, Charset::utf_16be, Charset::utf_16le}) {
        EXPECT_TRUE(is_valid_utf8(as_utf8(all, charset)));
        EXPECT_TRUE(is_valid_utf8(as_utf8(all.substr(1), charset)));
    }
}

TEST(CharsetTest, NamesAreReadWithoutCase) {
    EXPECT_EQ(parse_charset("UTF-8"), Charset::utf8);
    EXPECT_EQ(parse_charset("US-ASCII"), Charset::utf8);
    EXPECT_EQ(parse_charset("ISO-8859-1"), Charset::windows_1252);
    EXPECT_EQ(parse_charset("Windows-1252"), Charset::windows_1252);
    EXPECT_EQ(parse_charset("utf-16"), Charset::utf_16le);
    for (const auto* name : {"", "utf", "shift_jis", "utf-8 "}) {
        EXPECT_EQ(parse_charset(name), std::nullopt) << name;
    }
}

TEST(CharsetTest, KnowsByteOrderMarks) {
    EXPECT_EQ(byte_order_mark("\xef\xbb\xbf{}")->bytes, 3U);
    EXPECT_EQ(byte_order_mark("\xff\xfe{")->charset, Charset::utf_16le);
    EXPECT_EQ(byte_order_mark("\xfe\xff{")->charset, Charset::utf_16be);
    for (const auto* text : {"", "\xef", "\xef\xbb", "\xfe", "{}\xef\xbb\xbf"}) {
        EXPECT_FALSE(byte_order_mark(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace millrace::mapping
