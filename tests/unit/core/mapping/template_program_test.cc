// What compiled templates give on one event; that it is what libjsonnet gives is shown by
// tests/differential.

#include "core/mapping/template_program.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/mapping/source_mapper.h"
#include "tests/support/counting_rng.h"

namespace millrace::mapping {
namespace {

constexpr std::string_view kBody =
    R"({"s":"a\u003cb","n":1.50,"big":12345678901234567890,"b":true,"z":null,)"
    R"("o":{"y":19.90,"x":[1, 2]},"a":["q"],"u":{"id":7},"u":{"id":8}})";

class TemplateProgramTest : public testing::Test {
protected:
    // The cell of a template column, or the name and text of the error.
    std::string cell(std::string_view text, bool raw_string = false) {
        Column column;
        column.type = ColumnType::jsonnet;
        column.name = "c";
        column.template_text = text;
        column.raw_string = raw_string;
        auto mapper = SourceMapper::compile({{column}}, limits_);
        if (!mapper.ok()) return mapper.error().client_text();
        mapper.value().begin(record_, *scratch_);
        std::string row;
        const auto mapped = mapper.value().append_row(0, *scratch_, row);
        if (!mapped.ok()) return mapped.error().name() + ": " + mapped.error().client_text();
        std::string value;
        for (std::size_t at = 1; at + 2 < row.size(); ++at) {
            value.push_back(row[at]);
            if (row[at] == '"') ++at;
        }
        return value;
    }

    test::CountingRng rng_;
    const std::unique_ptr<Scratch, void (*)(Scratch*)> scratch_ = make_scratch(rng_);
    const RequestHeader headers_[4] = {
        {"host", "h"}, {"X-Foo", "a\"b"}, {"authorization", "secret"}, {"x-foo", "second"}};
    MappingLimits limits_;
    Record record_{.arrived_at = {1'767'323'045'678},
                   .client_ip = "127.0.0.1",
                   .headers = headers_,
                   .content_type = "application/json",
                   .body = kBody};
};

TEST_F(TemplateProgramTest, EveryFunctionGivesWhatTheDocumentationSays) {
    const struct {
        const char* text;
        const char* value;
        const char* raw;
    } cases[] = {
        {"Ip()", R"("127.0.0.1")", "127.0.0.1"},
        {"Now()", R"("2026-01-02T03:04:05.678Z")", "2026-01-02T03:04:05.678Z"},
        {"Now('%d/%m/%Y %I:%M %p, day %j')", R"("02/01/2026 03:04 AM, day 002")",
         "02/01/2026 03:04 AM, day 002"},
        {"Body('s')", R"("a<b")", "a<b"},
        {"Body('n')", "1.50", "1.50"},
        {"Body('big')", "12345678901234567890", "12345678901234567890"},
        {"Body('z', 'd')", "null", "null"},
        {"Body('no', 'd')", R"("d")", "d"},
        {"Body('no', {k: Body('n')})", R"({"k":1.50})", R"({"k":1.50})"},
        {"Body('o')", R"({"x":[1,2],"y":19.90})", R"({"x":[1,2],"y":19.90})"},
        {"'' + Body('o')", R"("{\"x\": [1, 2], \"y\": 19.899999999999999}")",
         R"({"x": [1, 2], "y": 19.899999999999999})"},
        {"Body('o').x[1]", "2", "2"},
        {"Body('u').id", "7", "7"},
        {"{b: Body('n'), a: [Ip(), {}]}", R"({"a":["127.0.0.1",{}],"b":1.50})",
         R"({"a":["127.0.0.1",{}],"b":1.50})"},
        {"Body('s') + '|' + Body('n') + '|' + Body('big')", R"("a<b|1.5|12345678901234567168")",
         "a<b|1.5|12345678901234567168"},
        {"Header('x-foo')", R"("a\"b")", "a\"b"},
        {"Header('X-No', 1)", "1", "1"},
        {"Header()", R"({"Host":"h","X-Foo":"a\"b"})", R"({"Host":"h","X-Foo":"a\"b"})"},
        {"Header('', 1)", R"({"Host":"h","X-Foo":"a\"b"})", R"({"Host":"h","X-Foo":"a\"b"})"},
        {"Header(default=Body('no'))", R"({"Host":"h","X-Foo":"a\"b"})",
         R"({"Host":"h","X-Foo":"a\"b"})"},
        {"Header('Authorization', 'left out')", R"("left out")", "left out"},
        {"HeaderStr()", R"("Host: h\nX-Foo: a\"b\n")", "Host: h\nX-Foo: a\"b\n"},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(cell(test.text), test.value) << test.text;
        EXPECT_EQ(cell(test.text, true), test.raw) << test.text;
    }
    EXPECT_EQ(cell("BodyStr()", true), kBody);
}

// What else the event is read for has nothing to do with its headers.
TEST_F(TemplateProgramTest, AllHeadersNeedNoDefaultWhateverTheBodyLacks) {
    Column path;
    path.type = ColumnType::path;
    path.name = "p";
    path.path = std::string("no");
    path.default_value = "d";
    Column headers;
    headers.type = ColumnType::jsonnet;
    headers.name = "h";
    headers.template_text = "Header(default='x')";
    auto mapper = SourceMapper::compile({{path, headers}}, limits_);
    ASSERT_TRUE(mapper.ok());
    mapper.value().begin(record_, *scratch_);
    std::string row;
    ASSERT_TRUE(mapper.value().append_row(0, *scratch_, row).ok());
    EXPECT_EQ(row, "\"\"\"d\"\"\",\"{\"\"Host\"\":\"\"h\"\",\"\"X-Foo\"\":\"\"a\\\"\"b\"\"}\"\n");
}

TEST_F(TemplateProgramTest, WhatTheEventLacksIsAnErrorWithColumnAndCause) {
    const std::pair<const char*, const char*> cases[] = {
        {"Body('no.such')", "path \"no.such\" not found in the body"},
        {"'' + Header('x-no')", "header \"X-No\" not found"},
        {"Body('o').no", "field does not exist: no"},
        {"Body('a')[1]", "array bounds error: 1 not within [0, 1)"},
        {"[Body('a.0'), Body('a')['0']]", "attempted index an array with string \"0\"."},
        {"[Body('n').x]", "can only index objects, strings, and arrays, got number."},
    };
    for (const auto& [text, cause] : cases) {
        EXPECT_EQ(cell(text), "stream.in.templateFailed: column \"c\": " + std::string(cause));
        EXPECT_EQ(cell(text, true),
                  "stream.in.templateFailed: column \"c\": " + std::string(cause));
    }
    record_.body = R"({"n":1e999})";
    EXPECT_EQ(cell("Body('n')"), "1e999");
    EXPECT_EQ(cell("'' + Body('n')"),
              "stream.in.templateFailed: column \"c\": a number of the body is too large for a "
              "template: 1e999");
}

TEST_F(TemplateProgramTest, ABodyThatCannotBeReadFailsOnlyWhoReadsIt) {
    record_.body = "{";
    EXPECT_EQ(cell("BodyStr()", true), "{");
    EXPECT_EQ(cell("Header('X-Foo', Body('s'))", true), "a\"b");
    EXPECT_EQ(
        cell("Body('s', 'default')"),
        "stream.in.invalidJson: column \"c\": invalid JSON at byte 1: expected a key in quotes, "
        "found the end of the body");
    record_.content_type = "text/plain";
    EXPECT_TRUE(cell("Body('s', 'default')").starts_with("stream.in.unsupportedMediaType: "));

    record_.content_type = "application/x-www-form-urlencoded";
    record_.body = "a[]=x&b=%3C";
    EXPECT_EQ(cell("{a: Body('a'), b: Body('b')}"), R"({"a":["x"],"b":"<"})");
}

TEST_F(TemplateProgramTest, ALargeValueIsRefusedBeforeItIsMade) {
    const std::string body = "\"" + std::string(100'000, 'x') + "\"";
    record_.body = body;
    limits_.row_bytes_max = 150'000;
    EXPECT_EQ(cell("'' + Body()", true).size(), 100'000U);
    std::string text = "''";
    while (text.size() < 4000) text += "+Body()";
    EXPECT_EQ(cell(text, true),
              "stream.in.payloadTooLarge: Too big CSV row, column: \"c\", row "
              "limit: 150000B.");
}

}  // namespace
}  // namespace millrace::mapping
