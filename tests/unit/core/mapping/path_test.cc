#include "core/mapping/path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::mapping {
namespace {

// "key1", "[1]"; a key of digits that arrays know too is "5|5".
std::vector<std::string> shown(const Path& path) {
    std::vector<std::string> parts;
    for (const auto& part : path) {
        const auto index = part.index ? std::to_string(*part.index) : std::string();
        if (part.index_only) {
            parts.push_back("[" + index + "]");
        } else {
            parts.push_back(part.index ? part.key + "|" + index : part.key);
        }
    }
    return parts;
}

// As many parts as there may be.
std::string deepest() {
    std::string text = "a";
    for (std::size_t i = 1; i < kPathPartsMax; ++i) text += ".a";
    return text;
}

TEST(PathTest, SplitsAtDotsAndBrackets) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
        {"a", {"a"}},
        {"foo.bar", {"foo", "bar"}},
        {"key1[1].key3", {"key1", "[1]", "key3"}},
        {"foo.bar[0]", {"foo", "bar", "[0]"}},
        {"[0].id", {"[0]", "id"}},
        {"a[0][1]", {"a", "[0]", "[1]"}},
        {"a..b", {"a", "b"}},
        {".a.", {"a"}},
        {"a[[0]", {"a", "[0]"}},
        {"a.5", {"a", "5|5"}},
        {"a.007", {"a", "007|7"}},
        {"a[007]", {"a", "[7]"}},
        {"a.5]", {"a", "[5]"}},
        {"a[b]", {"a", "b]"}},
        {"a[]", {"a", "]"}},
        {"a[5", {"a", "5|5"}},
        {"a b", {"a b"}},
        {"\xc3\xa9", {"\xc3\xa9"}},
        {"a.99999999999999999999", {"a", "99999999999999999999"}},
        {".", {}},
        {"[.", {}},
        {R"(a["b.c"][0])", {"a", "b.c", "[0]"}},
        {R"(["b.c"].d)", {"b.c", "d"}},
        {R"(a.["b"]["c"])", {"a", "b", "c"}},
        {R"(a["[0]"])", {"a", "[0]"}},
        {R"(a["x\"y\\z"])", {"a", R"(x"y\z)"}},
        {R"(a[""])", {"a", ""}},
        {R"(a["5"])", {"a", "5|5"}},
        {R"(a["]"])", {"a", "]"}},
        {R"(a['b'])", {"a", "'b']"}},
        {R"(a"b")", {"a\"b\""}},
        {deepest() + "..", std::vector<std::string>(kPathPartsMax, "a")},
    };
    for (const auto& [text, expected] : table) {
        SCOPED_TRACE(text);
        const auto path = parse_path(text);
        ASSERT_TRUE(path.ok());
        EXPECT_EQ(shown(path.value()), expected);
    }
}

TEST(PathTest, SaysWhatIsWrongAndWhere) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "path is empty"},
        {"a\xff", "path is not valid UTF-8 at byte 1"},
        {"a[1000000000]", "index 1000000000 is too large at byte 2"},
        {"a[99999999999999999999]", "index 99999999999999999999 is too large at byte 2"},
        {deepest() + ".a", "path has more than 100 parts at byte 199"},
        {deepest() + R"(["a"])", "path has more than 100 parts at byte 199"},
        {R"(a["b)", R"(a quoted key that does not end with "] at byte 1)"},
        {R"(a["b")", R"(a quoted key that does not end with "] at byte 1)"},
        {R"(a["b"x])", R"(a quoted key that does not end with "] at byte 1)"},
        {R"(a["b\")", R"(a quoted key that does not end with "] at byte 1)"},
        {R"(a["b\n"])", R"(a backslash not before \ or " at byte 4)"},
        {R"(a["b\)", R"(a backslash not before \ or " at byte 4)"},
        {R"(a["b"]c)", R"(expected "." or "[" after "]" at byte 6)"},
    };
    for (const auto& [text, expected] : table) {
        SCOPED_TRACE(text);
        const auto path = parse_path(text);
        ASSERT_FALSE(path.ok());
        EXPECT_EQ(path.error().code(), Code::invalid);
        EXPECT_EQ(path.error().client_text(), expected);
    }
}

TEST(PathTest, ANewDefinitionHasOnlyPathsThatFindWhatTheyMean) {
    for (const auto* text :
         {"a", ".", "a.b", "a..b", "items.0", "[0].id", "a[0][1]", "a[007]", R"(a["b.c"][0])",
          R"(["b]"].d)", R"(a["x\"y\\z"])", R"(a["]"])", R"(a["$"])", "$price", "price$", "a.$"}) {
        const auto checked = check_path(text);
        EXPECT_TRUE(checked.ok()) << text << ": " << checked.error().client_text();
    }
    const std::vector<std::pair<std::string, std::string>> table = {
        {"$", R"(a path begins at the body without "$": write ".")"},
        {"$.", R"(a path begins at the body without "$": write ".")"},
        {"$.order.number", R"(a path begins at the body without "$": write "order.number")"},
        {"$[0].id", R"(a path begins at the body without "$": write "[0].id")"},
        {"a[*]", "[0]"},
        {"a[", "at byte 1"},
        {"a['b']", R"(a key in double quotes, ["name"], at byte 1)"},
        {"a.b[-1]", "at byte 3"},
        {"a[0:2]", "at byte 1"},
        {"a[]", "at byte 1"},
        {"a[[0]", "at byte 1"},
        {"a[0]b", "at byte 1"},
        {"a.5]", R"("]" without its "[" at byte 3)"},
        {R"(a["b)", "does not end"},
        {"", "path is empty"},
    };
    for (const auto& [text, reason] : table) {
        const auto checked = check_path(text);
        ASSERT_FALSE(checked.ok()) << text;
        EXPECT_NE(checked.error().client_text().find(reason), std::string::npos)
            << text << ": " << checked.error().client_text();
    }
}

}  // namespace
}  // namespace millrace::mapping
