#include "api/control/json_body.h"

#include <gtest/gtest.h>

namespace millrace::control {
namespace {

std::string nested(std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

TEST(JsonBodyTest, RefusesWhatIsNotStrictJson) {
    const struct {
        std::string text;
        const char* part;  // of the message
    } cases[] = {
        {R"({"a":1,"b":tru,"c":[1,2})", "line 1, column 15"},
        {R"({"a":1 "b":2})", "syntax error"},
        {R"({"a":01})", "syntax error"},
        {R"({"a":1}{)", "syntax error"},
        {R"({'a':1})", "syntax error"},
        {"{", "unexpected end of input"},
        {"nul", "syntax error"},
        {"[]", "must be a JSON object"},
        {"null", "must be a JSON object"},
        {R"({"a":1,"b":2,"a":3})", "key \"a\" is there more than once"},
        {R"({"x":[{"a":1,"\u0061":2}]})", "key \"a\" is there more than once"},
        {"{\"a\":\"\xFF\"}", "ill-formed UTF-8"},
        {std::string("{\"a\":\"x\0y\"}", 11), "control character"},
        {nested(kJsonDepthMax + 1), "nested deeper than 32 levels"},
        {std::string(10'000, '['), "nested deeper than 32 levels"},
    };
    for (const auto& test : cases) {
        SCOPED_TRACE(test.text.substr(0, 60));
        const auto parsed = parse_json_object(test.text);
        ASSERT_FALSE(parsed.ok());
        EXPECT_EQ(parsed.error().code(), Code::invalid);
        EXPECT_EQ(parsed.error().name(), "stream.api.decodePayload");
        EXPECT_NE(parsed.error().client_text().find(test.part), std::string::npos)
            << parsed.error().client_text();
    }
}

TEST(JsonBodyTest, TakesTheDeepestAllowedObjectAndTheSameKeyInSiblings) {
    EXPECT_TRUE(parse_json_object(nested(kJsonDepthMax)).ok());
    EXPECT_TRUE(parse_json_object(R"({"x":[{"a":1},{"a":2}],"a":3})").ok());
}

TEST(JsonBodyTest, SkipsAByteOrderMark) {
    EXPECT_TRUE(parse_json_object("\xEF\xBB\xBF{}").ok());
}

TEST(JsonBodyTest, NamesAnEmptyBody) {
    EXPECT_EQ(parse_json_object("").error().name(), "stream.api.missingPayload");
}

TEST(JsonBodyTest, ReportsAllProblemsUnderTheNameOfTheFirst) {
    const auto json = Json::parse(R"({"name":"","flag":1,"list":{},"other":2,"nul":"a\u0000b"})");
    Problems problems;
    ObjectReader reader(json, "body", problems);
    reader.required_text("type", {.min = 1, .max = 9});
    reader.text("name", {.min = 1, .max = 9});
    reader.boolean("flag");
    reader.array("list");
    reader.text("nul", {.min = 0, .max = 9});
    reader.finish();
    const auto result = problems.result();
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().name(), "stream.api.missingField");
    EXPECT_EQ(
        result.error().client_text(),
        "\"type\" is missing from body; length of body.name must be greater or equal than 1 but "
        "got value \"\" (len=0); invalid value 1 for \"body.flag\", must be a boolean; invalid "
        "value {} for \"body.list\", must be an array; body.nul must not contain the NUL "
        "character; unknown field \"other\" in body");
}

TEST(JsonBodyTest, AsManyProblemsAsAClientLikesAreASmallAnswer) {
    auto json = Json::object();
    for (int i = 0; i < 10'000; ++i) json["field" + std::to_string(i) + std::string(100, 'x')] = 1;
    Problems problems;
    ObjectReader reader(json, "body", problems);
    reader.finish();
    const auto text = problems.result().error().client_text();
    EXPECT_TRUE(text.starts_with("unknown field \"field0xxx")) << text;
    EXPECT_TRUE(text.ends_with("; and 9980 more")) << text;
    EXPECT_LT(text.size(), 4'000U);
}

TEST(JsonBodyTest, CountsCharactersNotBytes) {
    const auto json = Json::parse(R"({"name":"ěščřž"})");
    Problems problems;
    ObjectReader reader(json, "body", problems);
    EXPECT_EQ(reader.text("name", {.min = 1, .max = 5}), "ěščřž");
    EXPECT_TRUE(problems.none());
}

}  // namespace
}  // namespace millrace::control
