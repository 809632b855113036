#include "core/mapping/template_syntax.h"

#include <gtest/gtest.h>

namespace millrace::mapping {
namespace {

// Empty if the text is compiled.
std::string problem(std::string_view text) {
    const auto parsed = parse_template(text);
    const auto* const found = std::get_if<TemplateProblem>(&parsed);
    return found == nullptr ? "" : found->text;
}

TEST(TemplateSyntaxTest, TheSubsetIsAccepted) {
    for (const auto* text : {"Ip()",
                             "Now()",
                             "Now('%Y')",
                             "Now(format='%f')",
                             "Body()",
                             "Body('a.b[0]')",
                             "Body('a', Body('b', null))",
                             "Body(default=1, path='a')",
                             "BodyStr()",
                             "Header()",
                             "Header('x-a', '')",
                             "HeaderStr()",
                             "'a' + 1 + Body('b') + {c: [true]}",
                             "Body('a') + ('-' + Body('b'))",
                             "Body().a['b'][0].c",
                             "(Body('a')).b",
                             "{a: 1, 'b': 2, \"c\": [1, 2,],}",
                             "[]",
                             "-5",
                             "1e3",
                             "# why\n'a' // b\n + /* c */ 'd'"}) {
        EXPECT_EQ(problem(text), "") << text;
    }
}

TEST(TemplateSyntaxTest, OtherTextsAreRefusedWithTheirPlace) {
    const std::pair<const char*, const char*> cases[] = {
        {"Invalid", "1:1-8 Unknown variable: Invalid"},
        {"'a' +\n  Bodi()", "2:3-7 Unknown variable: Bodi"},
        {"", "1:1 unexpected end of the template"},
        {"'a' +", "1:6 unexpected end of the template"},
        {"'abc", "1:1-5 unterminated string"},
        {"'\\x'", "1:2-4 Unknown escape sequence in string literal"},
        {"'\\ud83d'", "1:2-8 Invalid non-BMP Unicode escape in string literal"},
        {"/* a", "1:1-3 multi-line comment has no terminating */"},
        {"local a = 1; a", "1:1-6 \"local\" is not supported"},
        {"std.length('a')", "1:1-4 \"std\" is not supported"},
        {"import 'a'", "1:1-7 \"import\" is not supported"},
        {"'%d' % 5", "1:6 \"%\" is not supported here"},
        {"{a: 1, a: 2}", "1:8 duplicate field: a"},
        {"{a:: 1}", "1:3-5 \"::\" is not supported here"},
        {"{[Ip()]: 1}", "1:2 \"[\" is not supported here"},
        {"Body(Ip())", "1:1-5 \"Body\" is supported only with a string literal as path"},
        {"Body('a', 1, 2)", "1:14 the function has no such parameter"},
        {"Body(x='a')", "1:6 the function has no such parameter"},
        {"Body(path='a', 1)", "1:16 positional argument after a named argument"},
        {"Body('a',)", "1:10 \")\" is not supported here"},
        {"Body('a', 1).b",
         "1:13 fields and elements are supported only of what Body() or Header() return, without a "
         "default"},
        {"Body()[\":\"]", "1:8-11 \"\":\"\" is not supported here"},
        {"Body()['::']", "1:8-12 \"'::'\" is not supported here"},
        {"Body('a[1234567890]')", "1:1-5 index 1234567890 is too large at byte 2"},
        {"Ip('a')", "1:4-7 too many arguments"},
        {"Now('%Q')", "1:1-4 datetime format \"%Q\" is invalid: unknown specification \"%Q\""},
        {"1 + 2",
         "1:3 \"+\" is supported only where one of its sides is a string whatever the event: put a "
         "string such as '' before it"},
        {"-Body('a')", "1:1 \"-\" is supported only before a number"},
        {"01", "1:1-3 not a number"},
        {"1e999", "1:1-6 the number is too large"},
        {"\xef\xbb\xbf"
         "1",
         "1:1-4 \"\xef\xbb\xbf\" is not supported here"},
        {"Body('a') \xc3\xa9", "1:11-13 \"\xc3\xa9\" is not supported here"},
        {"\xff", "1:1 the template is not valid UTF-8"}};
    for (const auto& [text, expected] : cases) EXPECT_EQ(problem(text), expected) << text;
}

TEST(TemplateSyntaxTest, DepthIsBounded) {
    EXPECT_EQ(problem(std::string(30, '(') + "1" + std::string(30, ')')), "");
    for (const char open : {'(', '[', '-', '{'}) {
        EXPECT_NE(problem(std::string(4096, open)), "") << open;
    }
    EXPECT_NE(problem(std::string(40, '(') + "1" + std::string(40, ')')).find("nested too deep"),
              std::string::npos);
}

}  // namespace
}  // namespace millrace::mapping
