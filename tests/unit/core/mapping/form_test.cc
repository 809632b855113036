#include "core/mapping/form.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(FormTest, BecomesJson) {
    const Pairs table = {
        {"", "{}"},
        {"a=1", R"({"a":"1"})"},
        {"a=1&b[c]=2&d[0]=x&d[]=y", R"({"a":"1","b":{"c":"2"},"d":["x","y"]})"},
        {"&&a=1&&b=2&", R"({"a":"1","b":"2"})"},
        {"a", R"({"a":""})"},
        {"a=", R"({"a":""})"},
        {"a=b=c", R"({"a":"b=c"})"},
        {"a=1&a=2", R"({"a":"2"})"},
        {"a+b=c+d%2B%3b", R"({"a b":"c d+;"})"},
        {"b%5Bc%5D=%C3%A9", "{\"b\":{\"c\":\"\xc3\xa9\"}}"},
        {"a=%22%0A%00%3C", R"({"a":"\"\n\u0000\u003c"})"},
        {"0=x&1=y", R"({"0":"x","1":"y"})"},
        {"d[5]=x&d[]=y", R"({"d":{"5":"x","6":"y"}})"},
        {"d[]=x&d[k]=y", R"({"d":{"0":"x","k":"y"}})"},
        {"d[1]=x&d[0]=y", R"({"d":{"1":"x","0":"y"}})"},
        {"d[00]=x", R"({"d":{"00":"x"}})"},
        {"d[0]=x&d[0]=y", R"({"d":["y"]})"},
        {"d[][a]=1&d[][a]=2", R"({"d":[{"a":"1"},{"a":"2"}]})"},
        {"a[b][c][d]=1&a[b][e]=2", R"({"a":{"b":{"c":{"d":"1"},"e":"2"}}})"},
    };
    FormReader form(1);
    for (const auto& [body, expected] : table) {
        SCOPED_TRACE(body);
        ASSERT_TRUE(form.read(body)) << form.problem();
        EXPECT_EQ(form.json(), expected);
    }
}

// Goal    GitHub and Slack send JSON in a field of a form; a path finds its way into it, and
//         nothing else of the form changes.
TEST(FormTest, AFieldThatAPathLeadsIntoMayBeJson) {
    const std::vector<Path> paths = {parse_path("payload.action").value(),
                                     parse_path("list[0]").value(), parse_path("plain").value()};
    const auto trie = PathTrie::build(paths).value();
    const auto deep = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    const Pairs table = {
        {R"(payload={"action":"opened"})", R"({"payload":{"action":"opened"}})"},
        {"payload=%7B%22action%22%3A%22%3C%22%7D", R"({"payload":{"action":"<"}})"},
        {R"(list=["a"])", R"({"list":["a"]})"},
        {"payload=opened", R"({"payload":"opened"})"},
        {R"(payload={"action":)", R"({"payload":"{\"action\":"})"},
        {R"(payload={},"x":{})", R"({"payload":"{},\"x\":{}"})"},
        {"payload=", R"({"payload":""})"},
        {"plain={}", R"({"plain":"{}"})"},
        {"other={}", R"({"other":"{}"})"},
        {"payload[action]={}", R"({"payload":{"action":"{}"}})"},
        {"list=" + deep(kJsonDepthMax - 1), R"({"list":)" + deep(kJsonDepthMax - 1) + "}"},
        {"list=" + deep(kJsonDepthMax), R"({"list":")" + deep(kJsonDepthMax) + R"("})"},
    };
    FormReader form(1);
    for (const auto& [body, expected] : table) {
        SCOPED_TRACE(body.substr(0, 100));
        ASSERT_TRUE(form.read(body, Charset::utf8, &trie)) << form.problem();
        EXPECT_EQ(form.json(), expected);
    }
    const auto none = PathTrie::build({}).value();
    ASSERT_TRUE(form.read("payload={}", Charset::utf8, &none));
    EXPECT_EQ(form.json(), R"({"payload":"{}"})");
}

// A key costs many times its bytes, and equal ones cost nearly as much as others.
TEST(FormTest, HasSoManyKeysAtMost) {
    const auto repeated = [](std::string_view pair, std::size_t times) {
        std::string body;
        for (std::size_t i = 0; i < times; ++i) body += pair;
        return body;
    };
    FormReader form(1);
    for (const auto* const pair : {"a=1&", "a&", "a[]=&&&"}) {
        SCOPED_TRACE(pair);
        const auto keys_of_pair = pair[1] == '[' ? 2U : 1U;
        EXPECT_TRUE(form.read(repeated(pair, kFormKeysMax / keys_of_pair)));
        EXPECT_FALSE(form.has_too_many_keys());
        ASSERT_FALSE(form.read(repeated(pair, kFormKeysMax / keys_of_pair + 1)));
        EXPECT_TRUE(form.has_too_many_keys());
        EXPECT_NE(form.problem().find("more than 20000 keys, send larger data as JSON"),
                  std::string::npos);
    }
    EXPECT_TRUE(form.read("a=1"));
    EXPECT_FALSE(form.has_too_many_keys());
}

TEST(FormTest, SaysWhatIsWrong) {
    std::string deep = "a";
    for (std::size_t i = 0; i < kFormDepthMax; ++i) deep += "[a]";
    const Pairs table = {
        {"x=1&[b]=1", R"(at byte 4: unable to parse key "[b]")"},
        {"=1", R"(at byte 0: unable to parse key "")"},
        {"a[b=1", R"(at byte 0: unable to parse key "a[b")"},
        {"a[b]c=1", R"(at byte 0: unable to parse key "a[b]c")"},
        {"a]=1", R"(at byte 0: unable to parse key "a]")"},
        {"a[b[c]]=1", R"(at byte 0: unable to parse key "a[b[c]]")"},
        {"a;b=2", "at byte 0: a semicolon does not separate values, send it as %3B"},
        {"ok=1&%=1", "at byte 5: \"%\" without two hexadecimal digits"},
        {"%ff=1", "at byte 0: a key or a value is not valid UTF-8"},
        {"\xff=1", "at byte 0: a key or a value is not valid UTF-8"},
        {"a=1&a[b]=2", R"(at byte 4: key "a[b]" has both a value and subkeys)"},
        {"a[b]=2&a=1", R"(at byte 7: key "a" has both a value and subkeys)"},
    };
    FormReader form(1);
    for (const auto& [body, expected] : table) {
        SCOPED_TRACE(body);
        ASSERT_FALSE(form.read(body));
        EXPECT_EQ(form.problem(), expected);
    }
    ASSERT_FALSE(form.read(deep + "=1"));
    EXPECT_NE(form.problem().find("nested deeper than 32 levels"), std::string::npos);
    EXPECT_TRUE(form.read(deep.substr(0, deep.size() - 3) + "=1"));
    EXPECT_TRUE(form.read("a=1")) << "a bad form must leave nothing behind";
    EXPECT_EQ(form.json(), R"({"a":"1"})");
}

// Goal    a value that cannot be read breaks what has it, and nothing else.
TEST(FormTest, ABrokenValueIsKnownByItsPlace) {
    const Pairs table = {
        {"ok=1&a=1;b=2", "at byte 5: a semicolon does not separate values, send it as %3B"},
        {"ok=1&a=%", "at byte 5: \"%\" without two hexadecimal digits"},
        {"ok=1&a=%2", "at byte 5: \"%\" without two hexadecimal digits"},
        {"ok=1&a=%zz&b=2", "at byte 5: \"%\" without two hexadecimal digits"},
        {"ok=1&a=%ff", "at byte 5: a key or a value is not valid UTF-8"},
        {"a=2&ok=1&a=\xff", "at byte 9: a key or a value is not valid UTF-8"},
    };
    FormReader form(1);
    for (const auto& [body, expected] : table) {
        SCOPED_TRACE(body);
        ASSERT_TRUE(form.read(body)) << form.problem();
        ASSERT_TRUE(form.has_broken_values());
        const auto good = form.json().find(R"("1")");
        EXPECT_FALSE(form.is_broken(good, 3));
        EXPECT_TRUE(form.is_broken(0, form.json().size())) << "the whole has it in it";
        EXPECT_EQ(form.problem(), expected);
        const auto bad = form.json().find(R"("a":)") + 4;
        EXPECT_TRUE(form.is_broken(bad, 1));
        EXPECT_FALSE(form.is_broken(bad - 4, 3)) << "its key";
    }
    ASSERT_TRUE(form.read("a=%ff&a=2"));
    EXPECT_FALSE(form.has_broken_values()) << "the last value counts";
    ASSERT_TRUE(form.read("a[b]=%ff&a[c]=1&d=2"));
    EXPECT_TRUE(form.is_broken(form.json().find(R"({"b")"), 8));
    EXPECT_FALSE(form.is_broken(form.json().find(R"("1")"), 3));
    EXPECT_FALSE(form.is_broken(form.json().find(R"("2")"), 3));
}

TEST(FormTest, IsReadInTheCharsetThatIsDeclared) {
    FormReader form(1);
    ASSERT_TRUE(form.read("k%E9y=caf%E9+%80", Charset::windows_1252));
    EXPECT_EQ(form.json(), "{\"k\xc3\xa9y\":\"caf\xc3\xa9 \xe2\x82\xac\"}");
    // By itself: only for what is not UTF-8, as other forms have a field of that name too.
    for (const auto* name : {"charset", "_charset_"}) {
        SCOPED_TRACE(name);
        const auto field = std::string(name) + "=windows-1252";
        ASSERT_TRUE(form.read("a=caf%E9&" + field + "&b=caf%C3%A9"));
        EXPECT_FALSE(form.has_broken_values());
        EXPECT_EQ(form.json(), "{\"a\":\"caf\xc3\xa9\",\"" + std::string(name) +
                                   "\":\"windows-1252\",\"b\":\"caf\xc3\xa9\"}");
    }
    for (const auto* field : {"charset=nonsense", "charset=utf-8", "charset=%ff", "x=latin1"}) {
        ASSERT_TRUE(form.read(std::string("a=%E9&") + field)) << field;
        EXPECT_TRUE(form.is_broken(form.json().find(':') + 1, 1)) << field;
    }
}

// Goal    a large form costs time that grows with its size, not with its square.
// Method  100,000 keys of one parent: compared pairwise they would take minutes here.
TEST(FormTest, ReadsManyKeys) {
    std::string body;
    for (std::size_t i = 0; i < kFormKeysMax / 2; ++i) body += "d[k" + std::to_string(i) + "]=1&";
    FormReader form(1);
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(form.read(body));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    EXPECT_TRUE(form.json().ends_with(R"("k9999":"1"}})"));
}

TEST(FormTest, IsReadAnewAfterAHugeOne) {
    FormReader form(1);
    std::string huge;
    for (std::size_t i = 0; i < kFormKeysMax; ++i) huge += "k" + std::to_string(i) + "=v&";
    ASSERT_TRUE(form.read(huge));
    ASSERT_TRUE(form.read("k1=w"));
    EXPECT_EQ(form.json(), R"({"k1":"w"})");
}

}  // namespace
}  // namespace millrace::mapping
