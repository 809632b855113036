#include "core/bulk/json_path.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::bulk {
namespace {

mapping::PathPart key(std::string name) {
    return {.key = std::move(name), .index = {}, .index_only = false};
}
mapping::PathPart index(std::uint32_t number) {
    return {.key = std::to_string(number), .index = number, .index_only = true};
}

TEST(JsonPathTest, PathsAsDorisUsersWriteThem) {
    const auto parsed = [](std::string_view text) { return parse_json_path(text).value(); };
    EXPECT_EQ(parsed("$"), JsonPath{});
    EXPECT_EQ(parsed("$."), JsonPath{});
    EXPECT_EQ(parsed("$.a.b"), (JsonPath{.first = {key("a"), key("b")}, .each = {}}));
    EXPECT_EQ(parsed("$.a[2]"), (JsonPath{.first = {key("a"), index(2)}, .each = {}}));
    EXPECT_EQ(parsed("$[0].1"), (JsonPath{.first = {index(0), key("1")}, .each = {}}));
    EXPECT_EQ(parsed("$.tags.\"a.b\""), (JsonPath{.first = {key("tags"), key("a.b")}, .each = {}}));
    EXPECT_EQ(parsed("$.a[*]"), (JsonPath{.first = {key("a")}, .each = {{}}}));
    EXPECT_EQ(parsed("$.a[*].b[*]"), (JsonPath{.first = {key("a")}, .each = {{key("b")}, {}}}));
}

TEST(JsonPathTest, TextsThatAreNoPath) {
    for (const auto* text : {"", "a", ".a", "$a", "$..a", "$.a.", "$.a[", "$.a[x]", "$.a[-1]",
                             "$.a[1", "$.a[99999999999]", "$.\"a"}) {
        EXPECT_FALSE(parse_json_path(text).ok()) << text;
    }
    std::string deep = "$";
    for (int i = 0; i < 101; ++i) deep += ".a";
    EXPECT_FALSE(parse_json_path(deep).ok());
}

TEST(JsonPathTest, EachElementLeadsOn) {
    std::string scratch;
    const auto found = [&](std::string_view json, std::string_view path) {
        return std::string(
            find_each(json, parse_json_path(path).value().each, scratch).value_or("-"));
    };
    EXPECT_EQ(found("[1,\"a\",{}]", "$[*]"), "[1,\"a\",{}]");
    EXPECT_EQ(found("[1]", "$[*]"), "1");
    EXPECT_EQ(found("[]", "$[*]"), "-");
    EXPECT_EQ(found("{\"a\":1}", "$[*]"), "-");
    EXPECT_EQ(found("[{\"a\":1},{\"b\":2},{\"a\":[3]}]", "$[*].a"), "[1,[3]]");
    EXPECT_EQ(found("[[1,2],[3,4],[5]]", "$[*][1]"), "[2,4]");
    EXPECT_EQ(found("[{\"a\":[1,2]},{\"a\":[3]}]", "$[*].a[*]"), "[1,2,3]");
}

}  // namespace
}  // namespace millrace::bulk
