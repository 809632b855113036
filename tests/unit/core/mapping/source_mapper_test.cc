#include "core/mapping/source_mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "tests/support/counting_rng.h"

namespace millrace::mapping {
namespace {

constexpr WallTime kArrived{1'767'323'045'678};  // 2026-01-02T03:04:05.678Z

Column column(ColumnType type, std::string name) {
    Column made;
    made.type = type;
    made.name = std::move(name);
    return made;
}

Column path(std::string text, bool raw = false, std::optional<std::string> default_value = {}) {
    auto made = column(ColumnType::path, "c");
    made.path = std::move(text);
    made.raw_string = raw;
    made.default_value = std::move(default_value);
    return made;
}

using testing::HasSubstr;

using Sinks = std::vector<std::vector<Column>>;

// One mapper, one scratch and the record of the test.
class SourceMapperTest : public testing::Test {
protected:
    void compile(const Sinks& sinks, MappingLimits limits = {}) {
        auto made = SourceMapper::compile(sinks, limits);
        ASSERT_TRUE(made.ok()) << made.error().client_text();
        mapper_.emplace(std::move(made).value());
    }
    void begin(std::string_view body, std::string_view content_type = "application/json") {
        record_.body = body;
        record_.content_type = content_type;
        mapper_->begin(record_, *scratch_);
    }
    Result<void> append(std::size_t sink, std::string& out) {
        return mapper_->append_row(sink, *scratch_, out);
    }
    // The cells of the row of `sink`.
    std::vector<std::string> cells(std::size_t sink, std::size_t columns) {
        std::string out;
        const auto appended = append(sink, out);
        if (!appended.ok()) return {appended.error().operator_text()};
        CsvRowReader reader(columns);
        reader.feed(out);
        const auto read = reader.next();
        EXPECT_TRUE(read.ok() && read.value()) << out;
        const auto row = reader.row();
        EXPECT_FALSE(reader.next().value()) << "more than one row";
        EXPECT_TRUE(reader.finish().ok());
        return row;
    }
    std::string cell(const Column& only, std::string_view body,
                     std::string_view content_type = "application/json") {
        compile({{only}});
        begin(body, content_type);
        return cells(0, 1).front();
    }
    // The error of sink 0; `out` must be untouched.
    Error error(const Column& only, std::string_view body, std::string_view content_type) {
        compile({{only}});
        begin(body, content_type);
        std::string out = "before";
        auto appended = append(0, out);
        EXPECT_FALSE(appended.ok());
        EXPECT_EQ(out, "before");
        return appended.ok() ? Error(Code::internal, "none") : std::move(appended).error();
    }

    test::CountingRng rng_{test::CountingRng::kLargeStep};
    std::unique_ptr<Scratch, void (*)(Scratch*)> scratch_ = make_scratch(rng_);
    std::optional<SourceMapper> mapper_;
    const std::vector<RequestHeader> headers_ = {{"user-agent", "curl/8"},
                                                 {"Authorization", "Bearer secret"},
                                                 {"X-Tag", "a\"b"},
                                                 {"content-length", "9"}};
    Record record_{.arrived_at = kArrived,
                   .client_ip = "2001:db8::1",
                   .headers = headers_,
                   .content_type = {},
                   .body = {}};
};

Column of(ColumnType type, std::string argument, std::optional<std::string> default_value = {}) {
    auto made = column(type, "c");
    made.argument = std::move(argument);
    made.default_value = std::move(default_value);
    return made;
}

TEST_F(SourceMapperTest, ColumnsHaveWhatCameBesideTheBody) {
    record_.query = "id=a+b&bad=%FF";
    const std::string_view subject = "CN=device-7,O=\xff";
    record_.client_certificate = &subject;
    const std::string key("k\xff", 2);
    const std::vector<RequestHeader> message_headers = {{"h", "1"}, {"h", "2"}};
    const TopicMessage message{.topic = "t",
                               .partition = 3,
                               .offset = 12,
                               .timestamp = kArrived,
                               .key = key,
                               .headers = message_headers};
    record_.message = &message;
    struct Row {
        Column column;
        std::string expected;
    };
    const Row table[] = {
        {of(ColumnType::header, "x-tag"), "a\"b"},
        {of(ColumnType::header, "X-Other", "none"), "none"},
        {of(ColumnType::header, "Authorization", ""), ""},
        {of(ColumnType::query, "id"), "a b"},
        {of(ColumnType::query, "bad"), "\xef\xbf\xbd"},
        {of(ColumnType::query, "other", "x"), "x"},
        {of(ColumnType::client_certificate, "", "nobody"), "CN=device-7,O=\xef\xbf\xbd"},
        {of(ColumnType::kafka_topic, ""), "t"},
        {of(ColumnType::kafka_partition, ""), "3"},
        {of(ColumnType::kafka_offset, ""), "12"},
        {of(ColumnType::kafka_timestamp, ""), "2026-01-02T03:04:05.678Z"},
        {of(ColumnType::kafka_key, ""), "k\xef\xbf\xbd"},
        {of(ColumnType::kafka_header, "h"), "2"},
        {of(ColumnType::kafka_header, "H", "d"), "d"},
    };
    for (const auto& row : table) {
        EXPECT_EQ(cell(row.column, "{}"), row.expected)
            << to_string(row.column.type) << " " << row.column.argument;
    }
}

TEST_F(SourceMapperTest, AMessageWithoutAKeyHasTheDefault) {
    const TopicMessage message{.topic = "t", .headers = {}};
    record_.message = &message;
    const std::string longer(100, 'd');  // than what a string keeps within itself
    EXPECT_EQ(cell(of(ColumnType::kafka_key, "", longer), "{}"), longer);
    EXPECT_EQ(cell(of(ColumnType::kafka_key, "", "none"), "{}"), "none");
    EXPECT_EQ(cell(of(ColumnType::kafka_key, ""), "{}"), "");
}

TEST_F(SourceMapperTest, WhatIsMissingWithoutADefaultIsNamed) {
    struct Row {
        Column column;
        std::string problem;
    };
    const Row table[] = {
        {of(ColumnType::header, "x-other"), "header \"X-Other\" not found in the request"},
        {of(ColumnType::query, "id"), "parameter \"id\" not found in the URL"},
        {of(ColumnType::client_certificate, ""), "the client has shown no certificate"},
        {of(ColumnType::kafka_offset, ""), "the record is no message of a topic"},
    };
    for (const auto& row : table) {
        const auto found = error(row.column, "{}", "application/json");
        EXPECT_EQ(found.name(), "stream.in.pathNotFound");
        EXPECT_THAT(found.client_text(), HasSubstr(row.problem));
    }
}

TEST_F(SourceMapperTest, AnEventHasOneIdInAllItsRows) {
    const auto id = column(ColumnType::event_id, "c");
    compile({{id, id}, {id, column(ColumnType::uuid, "u")}});
    begin("{}");
    const auto first = cells(0, 2);
    const auto second = cells(1, 2);
    EXPECT_EQ(first[0], first[1]);
    EXPECT_EQ(first[0], second[0]);
    EXPECT_NE(second[0], second[1]);
    mapper_->next("{}", *scratch_);
    EXPECT_NE(cells(0, 2)[0], first[0]);
    record_.event_id = "mine";
    begin("{}");
    EXPECT_EQ(cells(0, 2)[0], "mine");
}

TEST_F(SourceMapperTest, ATargetWithRulesGetsNoRowThatItCannotHold) {
    auto text = path("a", true);
    auto json = path("j", false, "{}");
    json.data_type = DataType::json;
    auto key = path("k", true, "");
    key.primary_key = true;
    const ValueRules strict{.is_strict = true, .key_bytes_max = 12};
    auto made =
        SourceMapper::compile({{text, json, key}, {text, json, key}}, {}, SecretHeaders::left_out,
                              PlainText::unsupported, {strict, ValueRules()});
    mapper_.emplace(std::move(made).value());
    struct Row {
        std::string body;
        std::string problem;
    };
    const Row table[] = {
        {R"({"a":"\u0000"})", "the text has a NUL, which the target cannot hold"},
        {R"({"a":1,"j":{"x":"\u0000"}})", "an escape of NUL"},
        {R"({"a":1,"j":["\ud800"]})", "half a character"},
        {R"({"a":1,"j":1e999999})", "a number of more than 16,000 digits"},
        {R"({"a":1,"k":"12345"})", "the primary key is longer than 12 bytes"},
        {R"({"a":1,"k":"1234"})", ""},
    };
    for (const auto& row : table) {
        begin(row.body);
        std::string out;
        const auto appended = append(0, out);
        EXPECT_EQ(appended.ok(), row.problem.empty()) << row.body;
        if (!appended.ok()) {
            EXPECT_EQ(appended.error().name(), "stream.in.invalidValue");
            EXPECT_THAT(appended.error().client_text(), HasSubstr(row.problem));
        }
        EXPECT_TRUE(append(1, out).ok()) << "the other target takes it: " << row.body;
    }
}

TEST_F(SourceMapperTest, TimesAreReadInTheFormThatTheColumnNames) {
    auto time = path("t");
    time.data_type = DataType::timestamp;
    time.time_form = TimeForm::epoch_s;
    EXPECT_EQ(cell(time, R"({"t":1700000000})"), "2023-11-14T22:13:20.000000Z");
    EXPECT_EQ(cell(time, R"({"t":"1700000000.5"})"), "2023-11-14T22:13:20.500000Z");
    EXPECT_EQ(cell(time, R"({"t":null})"), "");
    EXPECT_THAT(error(time, R"({"t":"2026-01-02"})", "application/json").client_text(),
                HasSubstr("expected seconds since 1970"));
    time.default_value = "soon";
    EXPECT_FALSE(SourceMapper::compile({{time}}, {}).ok());
}

// The table of docs/mapping.md.
TEST_F(SourceMapperTest, RendersPathsAsTheTableSays) {
    const std::string body =
        R"({"s":"a<b","n":1.50,"big":12345678901234567890,"e":1e5,"b":true,"z":null,)"
        R"("o":{"y":1,"x":[1, 2]},"a":["q"],"u":"caf\u00e9 \"x\"\n","empty":""})";
    struct Row {
        Column column;
        std::string expected;
    };
    const std::vector<Row> table = {
        {path("s"), R"("a<b")"},
        {path("s", true), "a<b"},
        {path("n"), "1.50"},
        {path("n", true), "1.50"},
        {path("big"), "12345678901234567890"},
        {path("big", true), "12345678901234567890"},
        {path("e"), "1e5"},
        {path("b"), "true"},
        {path("b", true), "true"},
        {path("z"), "null"},
        {path("z", true), "null"},
        {path("z", false, "d"), "null"},
        {path("o"), R"({"y":1,"x":[1,2]})"},
        {path("o", true), R"({"y":1,"x":[1,2]})"},
        {path("a"), R"(["q"])"},
        {path("a[0]"), R"("q")"},
        {path("a[0]", true), "q"},
        {path("a.0", true), "q"},
        {path("a[5]", false, "d"), R"("d")"},
        {path("a[5]", true, "d"), "d"},
        {path("a[5]", false, ""), R"("")"},
        {path("a[5]", true, ""), ""},
        {path("a[5]", false, "say \"hi\"\n"), R"("say \"hi\"\n")"},
        {path("a[5]", true, "say \"hi\"\n"), "say \"hi\"\n"},
        {path("u"), R"("caf\u00e9 \"x\"\n")"},
        {path("u", true), "caf\xc3\xa9 \"x\"\n"},
        {path("empty"), R"("")"},
        {path("empty", true), ""},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.column.path + (row.column.raw_string ? " raw" : ""));
        EXPECT_EQ(cell(row.column, body), row.expected);
    }
}

TEST_F(SourceMapperTest, RendersEveryColumnType) {
    compile({{column(ColumnType::datetime, "at"), column(ColumnType::ip, "ip"),
              column(ColumnType::body, "body"), column(ColumnType::headers, "headers"),
              path("k", true)}});
    begin(R"({ "k" : "v" })");
    EXPECT_EQ(cells(0, 5), (std::vector<std::string>{
                               "2026-01-02T03:04:05.678Z", "2001:db8::1", R"({ "k" : "v" })",
                               R"({"User-Agent":"curl/8","X-Tag":"a\"b"})", "v"}));
}

TEST_F(SourceMapperTest, WritesTheSampleRow) {
    compile({{path("key"), path("key", true), column(ColumnType::body, "body")}});
    begin(R"({"key":"value"})");
    std::string out;
    ASSERT_TRUE(append(0, out).ok());
    EXPECT_EQ(out, "\"\"\"value\"\"\",\"value\",\"{\"\"key\"\":\"\"value\"\"}\"\n");
}

TEST_F(SourceMapperTest, MakesAFreshUuidPerRowAndColumn) {
    const std::vector<Column> two = {column(ColumnType::uuid, "a"), column(ColumnType::uuid, "b")};
    compile({two, two});
    std::set<std::string> seen;
    for (int record = 0; record < 3; ++record) {
        begin("", "");
        for (std::size_t sink = 0; sink < 2; ++sink) {
            for (const auto& text : cells(sink, 2)) {
                const auto uuid = parse_uuid(text);
                ASSERT_TRUE(uuid) << text;
                EXPECT_EQ(text[14], '7');
                EXPECT_EQ(text.substr(0, 13), "019b7ca9-8f2e") << "the time it arrived";
                seen.insert(text);
            }
        }
    }
    EXPECT_EQ(seen.size(), 12U);
}

TEST_F(SourceMapperTest, ForgetsTheLastRecord) {
    compile({{column(ColumnType::datetime, "at"), column(ColumnType::headers, "headers"),
              path("k", true, "none")}});
    begin(R"({"k":"v"})");
    (void)cells(0, 3);
    const std::vector<RequestHeader> others = {{"a", "b"}};
    record_.arrived_at.unix_ms += 1;
    record_.headers = others;
    begin("{}");
    EXPECT_EQ(cells(0, 3),
              (std::vector<std::string>{"2026-01-02T03:04:05.679Z", R"({"A":"b"})", "none"}));
}

TEST_F(SourceMapperTest, KeepsBodiesByteForByte) {
    const auto body = column(ColumnType::body, "body");
    const std::string bytes("\xef\xbb\xbf\0\xff\"\r\n,\\", 10);
    EXPECT_EQ(cell(body, bytes, ""), bytes);
    EXPECT_EQ(cell(body, bytes, "application/json"), bytes) << "nobody parses it";
    EXPECT_EQ(cell(body, "", "text/plain"), "");
}

TEST_F(SourceMapperTest, DecodesEscapedStringsForRawString) {
    EXPECT_EQ(cell(path("a", true), R"({"a":"x\u0000y"})"), std::string("x\0y", 3));
    EXPECT_EQ(cell(path("a", true), R"({"a":"\ud83d\ude00"})"), "\xf0\x9f\x98\x80");
    EXPECT_EQ(cell(path("a", true), R"({"a":"\ud83d!"})"), "\xef\xbf\xbd!");
    EXPECT_EQ(cell(path("a"), R"({"a":"\ud83d!"})"), R"("\ud83d!")");
}

TEST_F(SourceMapperTest, ReadsForms) {
    const std::string form = "application/x-www-form-urlencoded; charset=UTF-8";
    const std::string body = "a=1&b[c]=%3Cx%3E+y&d[0]=x&d[]=y";
    EXPECT_EQ(cell(path("a"), body, form), R"("1")");
    EXPECT_EQ(cell(path("a", true), body, form), "1");
    EXPECT_EQ(cell(path("b"), body, form), R"({"c":"\u003cx\u003e y"})");
    EXPECT_EQ(cell(path("b.c", true), body, form), "<x> y");
    EXPECT_EQ(cell(path("d"), body, form), R"(["x","y"])");
    EXPECT_EQ(cell(path("d[1]", true), body, form), "y");
    EXPECT_EQ(cell(path("d[2]", true, "none"), body, form), "none");
    EXPECT_EQ(cell(path("a", true, "none"), "", form), "none");
}

// What curl -d sends without a content type.
TEST_F(SourceMapperTest, AJsonDocumentThatIsDeclaredAFormIsJson) {
    const std::string form = "application/x-www-form-urlencoded";
    EXPECT_EQ(cell(path("n"), R"({"n":1})", form), "1");
    EXPECT_EQ(cell(path("n"), "\r\n\t {\"n\":[true]}\n", form), "[true]");
    EXPECT_EQ(cell(path("[1].b", true), R"(["a",{"b":"c&d=e"}])", form), "c&d=e");
    EXPECT_EQ(cell(path("n", true, "none"), "{}", form), "none");
    // Not a whole document, or not an object or array: a form.
    EXPECT_EQ(cell(path("n"), "n={\"n\":1}", form), R"("{\"n\":1}")");
    EXPECT_EQ(cell(path("a", true, "none"), R"({"a":1)", form), "none");
    EXPECT_EQ(cell(path("true"), "true", form), R"("")");
}

TEST_F(SourceMapperTest, NamesTheColumnAndThePathThatIsMissing) {
    auto missing = path("a[5]");
    missing.name = "my col";
    const auto failure = error(missing, R"({"a":[]})", "application/json");
    EXPECT_EQ(failure.code(), Code::invalid);
    EXPECT_EQ(failure.name(), "stream.in.pathNotFound");
    EXPECT_EQ(failure.client_text(), R"(column "my col": path "a[5]" not found in the body)");
}

TEST_F(SourceMapperTest, ExplainsBrokenJson) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {R"({"a":1,"b":tru,"c":[1,2})", R"(at byte 14: expected "true", found ",")"},
        {R"({"a":1 "b":2})", R"(at byte 7: expected "," or "}", found a quote)"},
        {R"({"a":01x})", "at byte 6: a number may not begin with a zero before other digits"},
        {"", "at byte 0: expected a value, found the end of the body"},
        {"\xef\xbb\xbf\xef\xbb\xbf{}",
         "at byte 0: a byte order mark (BOM) is not allowed, send UTF-8 without it"},
        {"{\"a\":\"\xff\"}", "at byte 6: the body is not valid UTF-8"},
        {std::string(10'000, '['), "at byte 1000: nested deeper than 1000 levels"},
    };
    for (const auto& [body, expected] : table) {
        const auto failure = error(path("a"), body, "application/json; charset=utf-8");
        EXPECT_EQ(failure.code(), Code::invalid);
        EXPECT_EQ(failure.name(), "stream.in.invalidJson");
        EXPECT_EQ(failure.client_text(), "column \"c\": invalid JSON " + expected);
    }
}

// Windows programs write one, and mean the JSON behind it.
TEST_F(SourceMapperTest, AByteOrderMarkAtTheStartIsSkipped) {
    const std::string mark = "\xef\xbb\xbf";
    EXPECT_EQ(cell(path("a"), mark + R"({"a":1})"), "1");
    EXPECT_EQ(cell(path("a"), mark + "a=1", "application/x-www-form-urlencoded"), "\"1\"");
    EXPECT_EQ(cell(path("a"), mark + R"({"a":1})", "application/x-www-form-urlencoded"), "1");
    EXPECT_EQ(cell(column(ColumnType::body, "c"), mark + "{}"), mark + "{}")
        << "a body column has the bytes that were sent";
    using std::string_view_literals::operator""sv;
    EXPECT_EQ(cell(path("a"),
                   "\xff\xfe{\0\"\0a\0\"\0:\0"
                   "1\0}\0"sv),
              "1");
    EXPECT_EQ(cell(path("a"),
                   "\xfe\xff\0{\0\"\0a\0\"\0:\0"
                   "1\0}"sv),
              "1");
    for (const auto* begun : {"\xef", "\xef\xbb", "\xfe", "\xff", "\xff\xfe"}) {
        EXPECT_EQ(error(path("a"), begun, "application/json").name(), "stream.in.invalidJson");
    }
}

TEST_F(SourceMapperTest, TheDeclaredCharsetIsRead) {
    EXPECT_EQ(cell(path("a", true), "{\"a\":\"\xe9\"}", "application/json; charset=iso-8859-1"),
              "\xc3\xa9");
    EXPECT_EQ(
        cell(path("a", true), "a=%E9", "application/x-www-form-urlencoded; charset=windows-1252"),
        "\xc3\xa9");
}

// What a template that is not compiled sees must be the same as what paths see.
TEST_F(SourceMapperTest, TemplatesSeeTheDecodedBody) {
    compile({{path("a")}});
    begin("\xef\xbb\xbf{\"a\":1}");
    EXPECT_EQ(mapper_->template_record(*scratch_, nullptr).json, R"({"a":1})");
    begin("{\"a\":\"\xe9\"}", "application/json; charset=latin1");
    EXPECT_EQ(mapper_->template_record(*scratch_, nullptr).json, "{\"a\":\"\xc3\xa9\"}");
    begin("{}");
    EXPECT_EQ(mapper_->template_record(*scratch_, nullptr).json, std::nullopt);
    EXPECT_TRUE(mapper_->template_record(*scratch_, nullptr).is_json);
}

// Payment notices come with names in another charset, which nobody may map.
TEST_F(SourceMapperTest, ABrokenValueOfAFormFailsOnlyItsColumn) {
    const std::string form = "application/x-www-form-urlencoded";
    const std::string body = "id=7&name=%ff&o[x]=1&o[y]=%zz";
    EXPECT_EQ(cell(path("id", true), body, form), "7");
    EXPECT_EQ(cell(path("o.x", true), body, form), "1");
    EXPECT_EQ(error(path("name", true, "d"), body, form).client_text(),
              "column \"c\": invalid form data at byte 5: a key or a value is not valid UTF-8");
    for (const auto* with_it : {"o", "o.y", "."}) {
        EXPECT_EQ(error(path(with_it), body, form).name(), "stream.in.invalidForm") << with_it;
    }
    auto made = column(ColumnType::jsonnet, "c");
    made.template_text = "{a: Body('id'), b: Body('o.x')}";
    EXPECT_EQ(cell(made, body, form), R"({"a":"7","b":"1"})");
    made.template_text = "Body('name', 'none')";
    EXPECT_EQ(error(made, body, form).client_text(),
              "column \"c\": invalid form data at byte 5: a key or a value is not valid UTF-8");
    begin("id=8", form);
    EXPECT_EQ(cell(path("id", true), "id=8", form), "8") << "nothing is left of it";
}

// A template that is not compiled may look at anything.
TEST_F(SourceMapperTest, ABrokenValueOfAFormFailsTemplatesThatAreNotCompiled) {
    auto general = column(ColumnType::jsonnet, "g");
    general.template_text = "std.length(Body('id'))";
    compile({{general}});
    ASSERT_EQ(mapper_->templates()->size(), 1U);
    const std::vector<Result<std::string>> values = {std::string("1")};
    record_.content_type = "application/x-www-form-urlencoded";
    record_.body = "id=7&name=%ff";
    mapper_->begin(record_, *scratch_, values);
    std::string out;
    const auto failed = append(0, out);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().name(), "stream.in.invalidForm");
    record_.body = "id=7";
    mapper_->begin(record_, *scratch_, values);
    EXPECT_TRUE(append(0, out).ok());
}

// Beacons of browsers and messages of SNS are JSON that is declared so.
TEST_F(SourceMapperTest, PlainTextMayBeJson) {
    const auto read = [&](std::string_view body, std::string_view type) {
        mapper_.emplace(
            SourceMapper::compile({{path("a", true)}}, {}, SecretHeaders::left_out, PlainText::json)
                .value());
        begin(body, type);
        return cells(0, 1).front();
    };
    EXPECT_EQ(read(R"({"a":1})", "text/plain"), "1");
    EXPECT_EQ(read(R"({"a":1})", "text/plain;charset=UTF-8"), "1");
    EXPECT_EQ(read("{\"a\":\"\xe9\"}", "text/plain; charset=iso-8859-1"), "\xc3\xa9");
    EXPECT_NE(read(R"({"a":1)", "text/plain").find("invalid JSON at byte 6"), std::string::npos);
    EXPECT_NE(read("hello", "text/plain").find("Unsupported content type"), std::string::npos);
    EXPECT_NE(read("", "text/plain").find("Unsupported content type"), std::string::npos);
    EXPECT_NE(read(R"({"a":1})", "").find("Unsupported content type"), std::string::npos);
    EXPECT_NE(read(R"({"a":1})", "text/html").find("Unsupported content type"), std::string::npos);
}

TEST_F(SourceMapperTest, ExplainsBrokenForms) {
    const auto failure = error(path("a"), "a=1;b=2", "application/x-www-form-urlencoded");
    EXPECT_EQ(failure.code(), Code::invalid);
    EXPECT_EQ(failure.name(), "stream.in.invalidForm");
    EXPECT_EQ(
        failure.client_text(),
        "column \"c\": invalid form data at byte 0: a semicolon does not separate values, send "
        "it as %3B");
}

TEST_F(SourceMapperTest, RefusesOtherContentTypesForPaths) {
    constexpr std::string_view kSupported =
        ", supported types: application/json and application/x-www-form-urlencoded.";
    for (const std::string type : {"", "text/plain", "application/json; charset=gb2312"}) {
        const auto failure = error(path("a", false, "d"), R"({"a":1})", type);
        EXPECT_EQ(failure.code(), Code::invalid);
        EXPECT_EQ(failure.name(), "stream.in.unsupportedMediaType");
        EXPECT_EQ(failure.client_text(),
                  "Unsupported content type \"" + type + "\"" + std::string(kSupported));
    }
    const auto failure = error(path("a"), "", std::string(10'000, '\xff'));
    EXPECT_LT(failure.client_text().size(), 1000U) << "the sender's bytes are cut and made UTF-8";
}

TEST_F(SourceMapperTest, FailsOnlyTheSinksThatNeedTheBody) {
    compile(
        {{path("a")}, {column(ColumnType::ip, "ip")}, {column(ColumnType::ip, "ip"), path("a")}});
    for (const std::string_view type :
         {"application/json", "application/x-www-form-urlencoded", "x"}) {
        begin(";", type);
        std::string out = "before\n";
        EXPECT_FALSE(append(0, out).ok());
        EXPECT_TRUE(append(1, out).ok());
        EXPECT_FALSE(append(2, out).ok());
        EXPECT_EQ(out, "before\n\"2001:db8::1\"\n");
    }
}

TEST_F(SourceMapperTest, LimitsTheRow) {
    const std::vector<Column> columns = {column(ColumnType::ip, "ip"),
                                         column(ColumnType::body, "the body")};
    compile({columns});
    begin(std::string(1'600'000, 'x'));
    std::string out = "before";
    const auto appended = append(0, out);
    ASSERT_FALSE(appended.ok());
    EXPECT_EQ(appended.error().code(), Code::too_large);
    EXPECT_EQ(appended.error().name(), "stream.in.payloadTooLarge");
    EXPECT_EQ(appended.error().client_text(),
              R"(Too big CSV row, column: "the body", row limit: 1536KB.)");
    EXPECT_EQ(out, "before");

    compile({columns}, {.row_bytes_max = 20});  // "2001:db8::1", is 14 bytes
    begin("abc");
    EXPECT_TRUE(append(0, out).ok());
    for (const auto* body : {"abcd", "ab\"", "\"\""}) {
        begin(body);
        EXPECT_FALSE(append(0, out).ok()) << body;
    }
}

Column typed(DataType type, Column column) {
    column.data_type = type;
    return column;
}

TEST_F(SourceMapperTest, ChecksTheDataTypeOfEveryCell) {
    const std::string body =
        R"({"i":42,"f":1.50,"s":"12","t":"a\"b","b":true,"z":null,"d":"2024-02-29","e":"",)"
        R"("at":"2026-01-02T03:04:05+01:00","o":{"a":[1, 2]},"word":"null"})";
    const std::string wrong = "stream.in.invalidValue: column \"c\": ";
    struct Row {
        Column column;
        std::string expected;
    };
    const std::vector<Row> table = {
        {typed(DataType::integer, path("i")), "42"},
        {typed(DataType::integer, path("s")), "12"},
        {typed(DataType::integer, path("z")), ""},
        {typed(DataType::integer, path("e")), ""},
        {typed(DataType::integer, path("word")), ""},
        {typed(DataType::integer, path("x", false, "7")), "7"},
        {typed(DataType::integer, path("x", false, "")), ""},
        {typed(DataType::integer, path("f")),
         wrong + R"(the value "1.50" is not INTEGER: expected a whole number from )"
                 "-9223372036854775808 to 9223372036854775807"},
        {typed(DataType::integer, path("t")),
         wrong + R"(the value "a\"b" is not INTEGER: expected a whole number from )"
                 "-9223372036854775808 to 9223372036854775807"},
        {typed(DataType::decimal, path("f")), "1.50"},
        {typed(DataType::float64, path("f")), "1.50"},
        {typed(DataType::boolean, path("b")), "true"},
        {typed(DataType::date, path("d")), "2024-02-29"},
        {typed(DataType::timestamp, path("at")), "2026-01-02T03:04:05+01:00"},
        {typed(DataType::date, path("at")),
         wrong + R"(the value "2026-01-02T03:04:05+01:00" is not DATE: expected a day such as )"
                 "2026-01-31"},
        {typed(DataType::json, path("o")), R"({"a":[1,2]})"},
        {typed(DataType::json, path("s")), R"("12")"},
        {typed(DataType::json, path("s", true)), "12"},
        {typed(DataType::json, path("z")), "null"},
        {typed(DataType::json, path("x", false, "d")), R"("d")"},
        {typed(DataType::json, path("t", true)),
         wrong + R"(the value "a\"b" is not JSON: at byte 0: expected a value, found "a")"},
        {typed(DataType::json, column(ColumnType::body, "c")), body},
        {typed(DataType::json, column(ColumnType::headers, "c")),
         R"({"User-Agent":"curl/8","X-Tag":"a\"b"})"},
        {typed(DataType::timestamp, column(ColumnType::datetime, "c")), "2026-01-02T03:04:05.678Z"},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.column.path + " " + std::string(to_string(row.column.data_type)));
        compile({{row.column}});
        begin(body);
        std::string out;
        const auto appended = append(0, out);
        if (appended.ok()) {
            EXPECT_EQ(cells(0, 1).front(), row.expected);
        } else {
            EXPECT_EQ(appended.error().name() + ": " + appended.error().client_text(),
                      row.expected);
        }
    }
}

TEST_F(SourceMapperTest, ChecksTheDataTypeOfTemplatesForms) {
    auto jsonnet = column(ColumnType::jsonnet, "c");
    jsonnet.template_text = "Body('n', null)";
    const std::string form = "application/x-www-form-urlencoded";
    for (const auto& only : {jsonnet, path("n", false, "null")}) {
        EXPECT_EQ(cell(typed(DataType::integer, only), R"({"n":"12"})"), "12");
        EXPECT_EQ(cell(typed(DataType::integer, only), "n=12", form), "12");
        EXPECT_EQ(cell(typed(DataType::integer, only), "{}"), "");
        const auto failure = error(typed(DataType::boolean, only), "n=yes", form);
        EXPECT_EQ(failure.code(), Code::invalid);
        EXPECT_EQ(failure.client_text(), R"(column "c": the value "yes" is not BOOLEAN: )"
                                         "expected true, false, 1 or 0");
    }
    EXPECT_EQ(cell(typed(DataType::json, jsonnet), R"({"n":"x"})"), R"("x")");
}

TEST_F(SourceMapperTest, ShowsTheBeginningOfAValueThatDoesNotFit) {
    const auto failure = error(typed(DataType::json, column(ColumnType::body, "c")),
                               std::string(100, '\xff'), "text/plain");
    EXPECT_EQ(failure.name(), "stream.in.invalidValue");
    std::string shown;
    for (int i = 0; i < 64; ++i) shown += "\xef\xbf\xbd";
    EXPECT_EQ(failure.client_text(), "column \"c\": the value \"" + shown +
                                         "\"... is not JSON: at byte 0: the body is not valid "
                                         "UTF-8");
}

TEST_F(SourceMapperTest, APrimaryKeyIsNeverNull) {
    auto key = typed(DataType::integer, path("k", false, ""));
    key.primary_key = true;
    const auto made = SourceMapper::compile({{key}}, {});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().client_text(),
              R"(column "c": a primary key cannot be NULL, in defaultValue)");
    key.default_value.reset();
    const auto failure = error(key, R"({"k":null})", "application/json");
    EXPECT_EQ(failure.name(), "stream.in.invalidValue");
    EXPECT_EQ(failure.client_text(), R"(column "c": a primary key cannot be NULL)");
}

TEST_F(SourceMapperTest, RefusesADefaultThatIsNoValue) {
    const auto made =
        SourceMapper::compile({{typed(DataType::date, path("a", false, "today"))}}, {});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::invalid);
    EXPECT_EQ(made.error().client_text(), R"(column "c": the value "today" is not DATE: expected )"
                                          "a day such as 2026-01-31, in defaultValue");
}

TEST_F(SourceMapperTest, ServesManyMappersWithOneScratch) {
    compile({{path("a", true, "none")}});
    auto other = SourceMapper::compile({{path("x", true, "none"), path("y.z", true, "none")}}, {});
    ASSERT_TRUE(other.ok());
    for (int round = 0; round < 3; ++round) {
        begin(R"({"a":"1","x":"2"})");
        EXPECT_EQ(cells(0, 1), std::vector<std::string>{"1"});
        other.value().begin(record_, *scratch_);
        std::string out;
        ASSERT_TRUE(other.value().append_row(0, *scratch_, out).ok());
        EXPECT_EQ(out, "\"2\",\"none\"\n");
    }
}

TEST_F(SourceMapperTest, RefusesUnusablePathsWithTheColumn) {
    auto bad = path("a[99999999999]");
    bad.name = "p";
    const auto made = SourceMapper::compile({{path("a")}, {bad}}, {});
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code(), Code::invalid);
    EXPECT_EQ(made.error().client_text(),
              R"(column "p": index 99999999999 is too large at byte 2)");
    EXPECT_FALSE(SourceMapper::compile({{path("")}}, {}).ok());
}

TEST_F(SourceMapperTest, TemplatesThatAreNotCompiledGetTheirValuesFromOutside) {
    auto general = column(ColumnType::jsonnet, "t");
    general.template_text = "std.x";
    auto raw = general;
    raw.raw_string = true;
    auto compiled = general;
    compiled.template_text = "Body('a')";
    auto other = general;
    other.template_text = "std.y";
    compile({{general, raw, compiled}, {other}});
    EXPECT_EQ(*mapper_->templates(), (TemplateTexts{"std.x", "std.y"}));

    record_.body = R"({"a":1})";
    record_.content_type = "application/json";
    const std::vector<Result<std::string>> values = {
        std::string(R"("a\"b")"), Error(Code::invalid, "why").named("stream.in.templateFailed")};
    mapper_->begin(record_, *scratch_, values);
    EXPECT_THAT(cells(0, 3), testing::ElementsAre(R"("a\"b")", R"(a"b)", "1"));
    EXPECT_THAT(cells(1, 1), testing::ElementsAre("column \"t\": why"));

    const std::vector<Result<std::string>> others = {
        Error(Code::invalid, "the body is not readable"),
        Error(Code::too_large, "larger than 1KB").named("stream.in.payloadTooLarge")};
    record_.body = "{";
    mapper_->begin(record_, *scratch_, others);
    std::string out;
    EXPECT_EQ(append(0, out).error().name(), "stream.in.invalidJson");
    EXPECT_EQ(append(1, out).error().name(), "stream.in.payloadTooLarge");
    EXPECT_EQ(append(1, out).error().client_text(), "column \"t\": larger than 1KB");
}

TEST_F(SourceMapperTest, TemplatesSeeTheRequestAndItsBody) {
    auto general = column(ColumnType::jsonnet, "t");
    general.template_text = "std.x";
    compile({{general}});
    const auto seen = [&](std::string_view body, std::string_view type) {
        begin(body, type);
        return mapper_->template_record(*scratch_, mapper_->template_request(*scratch_));
    };
    const auto json = seen(R"({"a":1})", "application/json");
    EXPECT_TRUE(json.is_json);
    EXPECT_EQ(json.body, R"({"a":1})");
    EXPECT_EQ(json.request->client_ip, record_.client_ip);
    EXPECT_EQ(json.request->arrived_at, record_.arrived_at);
    const auto form = seen("a=1", "application/x-www-form-urlencoded");
    EXPECT_FALSE(form.is_json);
    EXPECT_EQ(form.json, R"({"a":"1"})");
    for (const auto* type : {"application/json", "text/plain"}) {
        const auto unreadable = seen("x", type);
        EXPECT_FALSE(unreadable.is_json);
        EXPECT_EQ(unreadable.json, std::nullopt);
    }
}

}  // namespace
}  // namespace millrace::mapping
