#include "core/mapping/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(JsonTextTest, WritesStrings) {
    const Pairs table = {
        {"", R"("")"},
        {"a<b>&", R"("a<b>&")"},
        {"say \"hi\" \\", R"("say \"hi\" \\")"},
        {"\n\r\t", R"("\n\r\t")"},
        {std::string("\0\x1f\x7f", 3), "\"\\u0000\\u001f\x7f\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xe2\x80\xa8", "\"\xe2\x80\xa8\""},
    };
    for (const auto& [text, expected] : table) {
        std::string out;
        append_json_string(out, text);
        EXPECT_EQ(out, expected);
    }
}

TEST(JsonTextTest, EscapesForHtmlOnRequest) {
    std::string out;
    append_json_string(out, "<a>&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", JsonEscapes::html);
    EXPECT_EQ(out, "\"\\u003ca\\u003e\\u0026\\u2028\\u2029\xe2\x80\xaa\"");
}

TEST(JsonTextTest, ReadsStrings) {
    const Pairs table = {
        {"", ""},
        {"plain", "plain"},
        {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
        {R"(a\u0041\u00e9\u20AC)", "aA\xc3\xa9\xe2\x82\xac"},
        {R"(\ud83d\ude00!)", "\xf0\x9f\x98\x80!"},
        {R"(\uDBFF\uDFFF)", "\xf4\x8f\xbf\xbf"},
        {R"(\u0000)", std::string(1, '\0')},
        {R"(\ud83d)", "\xef\xbf\xbd"},
        {R"(\ude00x)", "\xef\xbf\xbdx"},
        {R"(\ud83dx)", "\xef\xbf\xbdx"},
        {R"(\ud83d\n)", "\xef\xbf\xbd\n"},
        {R"(\ud83d\u0041)",
         "\xef\xbf\xbd"
         "A"},
        {R"(\ud83d\ud83d\ude00)", "\xef\xbf\xbd\xf0\x9f\x98\x80"},
    };
    for (const auto& [inside, expected] : table) {
        std::string out;
        append_unescaped(out, inside);
        EXPECT_EQ(out, expected) << inside;
    }
}

TEST(JsonTextTest, RemovesWhiteSpaceOutsideStringsOnly) {
    const Pairs table = {
        {"{}", "{}"},
        {" { \"a b\" :\n[ 1 ,\t2 ] }\r\n", R"({"a b":[1,2]})"},
        {R"([ " \" ", "\\" , " " ])", R"([" \" ","\\"," "])"},
    };
    for (const auto& [json, expected] : table) {
        std::string out;
        append_compact(out, json);
        EXPECT_EQ(out, expected);
    }
}

}  // namespace
}  // namespace millrace::mapping
