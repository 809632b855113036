// Goal    a body of JSON becomes the rows that Apache Doris' users expect of it.
// Method  the conformance cases of its Stream Load, with data of our own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/bulk/bulk_reader.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

using testing::HasSubstr;

BulkSpec json(std::string_view columns, JsonFormat format = {}) {
    return {.table = table_of(columns), .format = std::move(format), .mapping = {}, .now = {}};
}

constexpr JsonFormat kArray = {.by_line = false, .strip_outer_array = true};

TEST(BulkReaderJsonTest, ALineIsARow) {
    const auto done = load(json("id INTEGER, name, ok BOOLEAN"),
                           "{\"id\": 1, \"name\": \"a\\u00e9\\\"\", \"ok\": true}\n"
                           "\n  \r\n"
                           "{\"NAME\":\"b\",\"Id\":\"2\",\"extra\":[1,{\"x\":2}]}\r\n"
                           "{\"id\":3,\"name\":null,\"ok\":false}");
    ASSERT_TRUE(done.result.ok());
    EXPECT_EQ(done.csv, "\"1\",\"a\xc3\xa9\"\"\",\"1\"\n\"2\",\"b\",\n\"3\",,\"0\"\n");
    EXPECT_EQ(counts_of(done), "3 3 0 0");
}

TEST(BulkReaderJsonTest, AllBecomesTextFirst) {
    const auto done = load(json("a, b, c, d, e, f"),
                           "{\"a\":true,\"b\":1.50e3,\"c\":{\"x\": [1]},\"d\":[ ],\"e\":\"\","
                           "\"f\":123456789012345678901234567890}");
    EXPECT_EQ(done.csv,
              "\"1\",\"1.50e3\",\"{\"\"x\"\": [1]}\",\"[ ]\",\"\","
              "\"123456789012345678901234567890\"\n");
    EXPECT_EQ(load(json("i INTEGER, j INTEGER"), "{\"i\":3.12,\"j\":\"3.12\"}").csv,
              "\"3\",\"3\"\n");
}

TEST(BulkReaderJsonTest, HalfACharacterFiltersItsRow) {
    for (const auto* half : {R"(\ud83d)", R"(a\ude00)", R"(\ud83d\ud83d\ude00)", R"(\ud83dx)"}) {
        SCOPED_TRACE(half);
        for (const bool has_path : {false, true}) {
            auto format = JsonFormat{};
            if (has_path) format.paths = {"$.id", "$.name"};
            auto spec = json("id INTEGER, name", format);
            spec.mapping.max_filter_ratio = 1;
            const auto done =
                load(spec, "{\"id\":1,\"name\":\"" + std::string(half) + "\"}\n{\"id\":2}\n");
            EXPECT_EQ(counts_of(done), "2 1 1 0");
            EXPECT_THAT(done.log, HasSubstr("half a character"));
        }
    }
    const auto whole = load(json("id INTEGER, name"), R"({"id":1,"name":"\ud83d\ude00\ufffd"})");
    EXPECT_EQ(whole.csv, "\"1\",\"\xf0\x9f\x98\x80\xef\xbf\xbd\"\n");
    EXPECT_EQ(load(json("id INTEGER"), R"({"id":1,"other":"\ud83d"})").csv, "\"1\"\n")
        << "of no column";
}

TEST(BulkReaderJsonTest, ARowMayHaveManyStringsWithEscapes) {
    std::string body = "{";
    std::string wanted;
    std::string columns;
    for (int i = 0; i < 20; ++i) {
        const auto number = std::to_string(i);
        body += (i == 0 ? "\"c" : ",\"c") + number + "\":\"tab\\tand more text " + number + "\"";
        wanted += (i == 0 ? "\"tab\tand more text " : ",\"tab\tand more text ") + number + "\"";
        columns += (i == 0 ? "c" : ", c") + number;
    }
    EXPECT_EQ(load(json(columns), body + "}").csv, wanted + "\n");
    auto by_paths = JsonFormat{};
    for (int i = 0; i < 20; ++i) by_paths.paths.push_back("$.c" + std::to_string(i));
    EXPECT_EQ(load(json(columns, by_paths), body + "}").csv, wanted + "\n");
}

TEST(BulkReaderJsonTest, ColumnsOfJsonKeepIt) {
    const auto done = load(json("a JSON, b JSON, c JSON, d JSON"),
                           "{\"a\":true,\"b\":{\"x\":\"y\"},\"c\":\"[1]\",\"d\":\"no\"}");
    EXPECT_EQ(done.csv, "\"true\",\"{\"\"x\"\":\"\"y\"\"}\",\"[1]\",\n");
    EXPECT_EQ(done.counts.nulled, 1U);
}

TEST(BulkReaderJsonTest, AnArrayIsReadElementByElement) {
    for (const auto* body : {"[{\"a\":1},{\"a\":2}]", " [ {\"a\":1}\n,\n{\"a\":2} ] \n"}) {
        const auto done = load(json("a INTEGER", kArray), body);
        EXPECT_TRUE(done.result.ok()) << done.log;
        EXPECT_EQ(done.csv, "\"1\"\n\"2\"\n");
    }
    for (const auto* body : {"", " ", "[]", "[ ]\n"}) {
        const auto done = load(json("a INTEGER", kArray), body);
        EXPECT_TRUE(done.result.ok());
        EXPECT_EQ(counts_of(done), "0 0 0 0");
    }
}

TEST(BulkReaderJsonTest, AnArrayMayBeLongerThanARow) {
    auto spec = json("a INTEGER", kArray);
    spec.line_bytes_max = 20;
    std::string body = "[";
    for (int i = 0; i < 100; ++i) body += "{\"a\":1},";
    body.back() = ']';
    EXPECT_EQ(counts_of(load(spec, body)), "100 100 0 0");
    EXPECT_FALSE(load(spec, "[{\"a\":\"12345678901234567890\"}]").result.ok());
}

TEST(BulkReaderJsonTest, ALineMayBeAnArray) {
    const auto done = load(json("a INTEGER", {.by_line = true, .strip_outer_array = true}),
                           "[{\"a\":1},{\"a\":2}]\n[]\n[{\"a\":3}]\n");
    EXPECT_EQ(done.csv, "\"1\"\n\"2\"\n\"3\"\n");
    EXPECT_EQ(counts_of(done), "3 3 0 0");
}

TEST(BulkReaderJsonTest, TheBodyMayBeOneRow) {
    const auto done = load(json("a INTEGER", {.by_line = false}), "{\n\"a\":\n1}\n");
    EXPECT_EQ(done.csv, "\"1\"\n");
    const auto two = load(json("a INTEGER", {.by_line = false}), "{\"a\":1}\n{\"a\":2}\n");
    ASSERT_FALSE(two.result.ok());
    EXPECT_THAT(two.result.error().client_text(), HasSubstr("more than one JSON document"));
}

TEST(BulkReaderJsonTest, ARootLeadsToTheRows) {
    const auto array = JsonFormat{.by_line = false, .strip_outer_array = true, .root = "$.item"};
    EXPECT_EQ(load(json("a", array), "[{\"item\":{\"a\":1}},{\"item\":[{\"a\":2},{\"a\":3}]}]").csv,
              "\"1\"\n\"2\"\n\"3\"\n");
    EXPECT_EQ(load(json("a", array), "{\"x\":0,\"item\":[{\"a\":1},{\"a\":2}]}").csv,
              "\"1\"\n\"2\"\n");
    const auto line = JsonFormat{.root = "$.x.item"};
    const auto done = load(json("a", line), "{\"x\":{\"item\":{\"a\":1}}}\n{\"x\":{}}\n");
    EXPECT_EQ(done.csv, "\"1\"\n");
    EXPECT_THAT(done.log, HasSubstr("Reason: JSON Root not found., line 2"));
}

TEST(BulkReaderJsonTest, PathsFindTheColumnsByPosition) {
    auto format = JsonFormat{};
    format.paths = {"$.id", "$.a.b", "$.c[1]", "$.tags.\"x.y\"", "$.", "$.d[*].e"};
    auto spec = json("id INTEGER, b, c, t, row, e", format);
    const auto done = load(spec,
                           "{\"id\":1,\"a\":{\"b\":\"x\"},\"c\":[5,6],\"tags\":{\"x.y\":7},"
                           "\"d\":[{\"e\":1},{\"e\":\"2\"}]}\n"
                           "{\"id\":2,\"a\":null,\"d\":[{\"e\":\"one\"}]}\n");
    EXPECT_EQ(done.counts.loaded, 2U) << done.log;
    EXPECT_THAT(done.csv, HasSubstr("\"1\",\"x\",\"6\",\"7\",\"{\"\"id\"\":1,"));
    EXPECT_THAT(done.csv, HasSubstr(",\"[1,\"\"2\"\"]\"\n"));
    EXPECT_THAT(done.csv, HasSubstr("\"2\",,,,\"{\"\"id\"\":2,"));
    EXPECT_TRUE(done.csv.ends_with(",\"one\"\n"));
}

TEST(BulkReaderJsonTest, PathsFollowTheColumnsOfTheLoad) {
    auto format = JsonFormat{};
    format.paths = {"$.code", "$.id", "$.unused"};
    auto spec = json("id INTEGER KEY, city, code INTEGER", format);
    spec.mapping.columns = columns_of("code, id, id=id*10");
    EXPECT_EQ(load(spec, "{\"id\":1,\"code\":7,\"city\":\"x\"}").csv, "\"10\",,\"7\"\n");
}

TEST(BulkReaderJsonTest, NothingAtThePathsFiltersTheRow) {
    auto format = JsonFormat{};
    format.paths = {"$.x", "$.y"};
    const auto done = load(json("name, age", format), "{\"a\":1}\n");
    EXPECT_THAT(done.log, HasSubstr("Reason: There is no column matching jsonpaths in the json "
                                    "file, columns:[name, age, ], please check columns and "
                                    "jsonpaths:[\"$.x\",\"$.y\"]"));
}

TEST(BulkReaderJsonTest, RowsThatAreNone) {
    struct Case {
        JsonFormat format;
        std::string body;
        std::string reason;
    };
    const JsonFormat one = {.by_line = false};
    const JsonFormat lines_of_arrays = {.by_line = true, .strip_outer_array = true};
    const std::vector<Case> table = {
        {{}, "{}", "All fields is null, this is a invalid row."},
        {{}, "{\"x\":1,\"y\":2}", "All fields is null, this is a invalid row."},
        {{},
         "{\"a\":}",
         "Parse json data for JsonDoc failed. code: 3, error info: at byte 5: "
         "expected a value"},
        {{}, "{\"a\":1", "Parse json data for JsonDoc failed."},
        {{}, "garbage", "Parse json data for JsonDoc failed."},
        {{}, "{\"a\":\"\xff\"}", "not valid UTF-8"},
        {{}, "[{\"a\":1}]", "JSON data is array-object, `strip_outer_array` must be TRUE."},
        {{}, "1", "Not an json object or json array"},
        {one, "[{\"a\":1}]", "JSON data is array-object, `strip_outer_array` must be TRUE."},
        {one, "{\"a\":1", "Parse json data for JsonDoc failed."},
        {kArray, "{\"a\":1}",
         "JSON data is not an array-object, `strip_outer_array` must be FALSE."},
        {lines_of_arrays, "{\"a\":1}", "`strip_outer_array` must be FALSE."},
        {lines_of_arrays, "[1]", "Expect json object value"},
        {kArray, "[1]", "Expect json object value"},
        {kArray, "[[{\"a\":1}]]", "Expect json object value"},
        {{}, "{\"b\":1}", "The column `a` is not nullable, but it's not found in jsondata."},
        {{}, "{\"a\":null}", "Json value is null, but the column `a` is not nullable."},
    };
    for (const auto& wanted : table) {
        const auto done = load(json("a NOT NULL, b", wanted.format), wanted.body);
        EXPECT_FALSE(done.result.ok());
        EXPECT_EQ(counts_of(done), "1 0 1 0") << wanted.body;
        EXPECT_THAT(done.log, HasSubstr(wanted.reason));
    }
}

TEST(BulkReaderJsonTest, BadRowsLeaveTheOthers) {
    auto spec = json("a INTEGER, b");
    spec.mapping.max_filter_ratio = 1;
    const auto done = load(spec, "{\"a\":1}\n{\"a\":\n{\"a\":2}\nx\n{}\n{\"b\":3}\n{\"a\":4}\n");
    EXPECT_TRUE(done.result.ok());
    EXPECT_EQ(counts_of(done), "7 4 3 0");
    EXPECT_THAT(done.log, HasSubstr("line 2, byte 8. src line [{\"a\":]"));
}

TEST(BulkReaderJsonTest, AnElementThatIsNoJsonLeavesTheOthers) {
    auto spec = json("a", kArray);
    spec.mapping.max_filter_ratio = 1;
    EXPECT_EQ(counts_of(load(spec, "[{\"a\":1},{\"a\":tru},{\"a\":3}]")), "3 2 1 0");
    // Where it is not known where the next one begins, the rest is one row.
    EXPECT_EQ(counts_of(load(spec, "[{\"a\":1} {\"a\":2},{\"a\":3}]")), "2 1 1 0");
    EXPECT_EQ(counts_of(load(spec, "[{\"a\":1},,{\"a\":3}]")), "2 1 1 0");
    EXPECT_EQ(counts_of(load(spec, "[{\"a\":1},{\"a\":2}")), "3 2 1 0");
    EXPECT_EQ(counts_of(load(spec, "[{\"a\":1},{\"a\":\"2}]")), "2 1 1 0");
}

TEST(BulkReaderJsonTest, TwoObjectsInALineFailTheLoad) {
    auto spec = json("a");
    spec.mapping.max_filter_ratio = 1;
    for (const auto* body : {"{\"a\":1}{\"a\":2}\n", "{\"a\":1}\n{\"a\":\"}\"} {\"a\":2}"}) {
        const auto done = load(spec, body);
        ASSERT_FALSE(done.result.ok());
        EXPECT_THAT(done.result.error().client_text(),
                    HasSubstr("Multiple JSON objects in a single line"));
        EXPECT_EQ(done.result.error().name(), "DATA_QUALITY_ERROR");
    }
}

TEST(BulkReaderJsonTest, MarksAndDoubledKeysDoNoHarm) {
    const auto done = load(json("a"), "\xef\xbb\xbf{\"a\":1,\"A\":2,\"\\u0061\":3}");
    EXPECT_EQ(done.csv, "\"1\"\n");
}

TEST(BulkReaderJsonTest, DepthIsLimited) {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(load(json("a"), nested(999)).result.ok());
    const auto done = load(json("a"), nested(100'000));
    EXPECT_FALSE(done.result.ok());
    EXPECT_THAT(done.log, HasSubstr("nested deeper than 1000 levels"));
}

TEST(BulkReaderJsonTest, DeletesNeedNotHaveWhatRowsMustHave) {
    auto spec = json("id INTEGER KEY, n INTEGER NOT NULL");
    spec.mapping.hidden_columns = {"__DORIS_DELETE_SIGN__"};
    const auto done = load(spec,
                           "{\"id\":1,\"__DORIS_DELETE_SIGN__\":1}\n"
                           "{\"id\":2,\"n\":3,\"__DORIS_DELETE_SIGN__\":false}\n"
                           "{\"id\":3,\"n\":4}\n");
    EXPECT_EQ(counts_of(done), "3 3 0 0");  // a key that is not there has the column's default, 0
    EXPECT_EQ(done.csv, "delete,\"1\",\nupsert,\"2\",\"3\"\nupsert,\"3\",\"4\"\n");
}

TEST(BulkReaderJsonTest, PathsThatAreNone) {
    for (const auto* path : {"", "a", "$a", "$..a", "$.a[", "$.a[x]", "$.\"a"}) {
        auto format = JsonFormat{};
        format.paths = {path};
        EXPECT_THAT(refusal(json("a", format)), HasSubstr("Invalid json path")) << path;
    }
    EXPECT_THAT(refusal(json("a", {.root = "item"})), HasSubstr("Invalid json path: item"));
}

}  // namespace
}  // namespace millrace::bulk
