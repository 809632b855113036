// Goal    a body of CSV becomes the rows that Apache Doris' users expect of it.
// Method  the conformance cases of its Stream Load, with data of our own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/csv.h"
#include "core/bulk/bulk_reader.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

using testing::HasSubstr;

BulkSpec csv(std::string_view columns, CsvFormat format = {.column_separator = ","}) {
    return {.table = table_of(columns), .format = std::move(format), .mapping = {}, .now = {}};
}

TEST(BulkReaderCsvTest, RowsAreThoseOfTheTableInItsOrder) {
    auto spec = csv("id INTEGER KEY, name, amount DECIMAL, at TIMESTAMP");
    spec.mapping.columns = columns_of("name, id, at");
    const auto done = load(spec, "a,1,2026-01-31 09:30:00\nb \"x\",2,\\N\n");
    ASSERT_TRUE(done.result.ok());
    EXPECT_EQ(render_slice_header(done.header), "#slice 2,\"id\",\"name\",\"amount\",\"at\"\n");
    EXPECT_EQ(done.csv, "\"1\",\"a\",,\"2026-01-31T09:30:00.000000Z\"\n\"2\",\"b \"\"x\"\"\",,\n");
    EXPECT_EQ(done.rows, 2U);
    EXPECT_EQ(counts_of(done), "2 2 0 0");
    EXPECT_EQ(done.log, "");
}

TEST(BulkReaderCsvTest, AnEmptyBodyIsALoadOfNoRows) {
    for (const auto* body : {"", "\n", "\n\r\n\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n"}) {
        const auto done = load(csv("a, b"), body);
        EXPECT_TRUE(done.result.ok());
        EXPECT_EQ(counts_of(done), "0 0 0 0");
    }
}

TEST(BulkReaderCsvTest, MarksOfFilesDoNotCount) {
    const auto done = load(csv("a, b"),
                           "\xef\xbb\xbf"
                           "1,2\r\n\r\n3,4");
    EXPECT_EQ(done.csv, "\"1\",\"2\"\n\"3\",\"4\"\n");
}

TEST(BulkReaderCsvTest, SkippedLinesAreNotCounted) {
    const std::string body = "h1,h2\n1,2\n3,4\n5,6\n";
    for (const auto& [lines, expected] :
         std::vector<std::pair<int, std::string>>{{3, "1 1 0 0"}, {4, "0 0 0 0"}, {5, "0 0 0 0"}}) {
        auto format = CsvFormat{.column_separator = ","};
        format.skip_lines = static_cast<std::uint64_t>(lines);
        const auto done = load(csv("a, b", format), body);
        EXPECT_TRUE(done.result.ok());
        EXPECT_EQ(counts_of(done), expected);
    }
}

TEST(BulkReaderCsvTest, EmptyFieldsAreNullWhereTheLoadSaysSo) {
    auto format = CsvFormat{.column_separator = ","};
    EXPECT_EQ(load(csv("a, b, c", format), "9,\\N,x\n10,,y\n").csv,
              "\"9\",,\"x\"\n\"10\",\"\",\"y\"\n");
    format.empty_field_as_null = true;
    EXPECT_EQ(load(csv("a, b, c", format), "9,\\N,x\n10,,y\n").csv,
              "\"9\",,\"x\"\n\"10\",,\"y\"\n");
}

TEST(BulkReaderCsvTest, DoubleQuotesAreDataUnlessTheyAreTrimmed) {
    auto format = CsvFormat{.column_separator = ","};
    const auto kept = load(csv("n INTEGER, s", format), "\"1\",\"abc\"\n2,\"\\N\"\n");
    EXPECT_EQ(kept.csv, ",\"\"\"abc\"\"\"\n\"2\",\"\"\"\\N\"\"\"\n");
    EXPECT_EQ(kept.counts.nulled, 1U);
    format.trim_double_quotes = true;
    EXPECT_EQ(load(csv("n INTEGER, s", format), "\"1\",\"abc\"\n2,\"\\N\"\n3,\"\n").csv,
              "\"1\",\"abc\"\n\"2\",\"\\N\"\n\"3\",\"\"\"\"\n");
}

TEST(BulkReaderCsvTest, SeparatorsOfAnyLength) {
    const auto words = CsvFormat{.column_separator = "|", .line_delimiter = "weizuo"};
    EXPECT_EQ(load(csv("a, b", words), "1|2weizuo3|4weizuo5|6").csv,
              "\"1\",\"2\"\n\"3\",\"4\"\n\"5\",\"6\"\n");
    const auto literal = CsvFormat{.column_separator = "01030204"};
    EXPECT_EQ(load(csv("a, b", literal), "1010302042\n").csv, "\"1\",\"2\"\n");
    const auto overlapping = CsvFormat{.column_separator = "aa"};
    EXPECT_EQ(load(csv("a, b", overlapping), "xaaay\n").csv, "\"x\",\"ay\"\n");
    const auto nested = CsvFormat{.column_separator = "|@|", .line_delimiter = "|@|\n"};
    EXPECT_EQ(load(csv("a, b", nested), "1|@|2|@|\n3|@|4|@|\n").csv, "\"1\",\"2\"\n\"3\",\"4\"\n");
}

TEST(BulkReaderCsvTest, AnotherNumberOfValuesFiltersTheRow) {
    auto spec = csv("a, b");
    spec.mapping.max_filter_ratio = 1;
    const auto done = load(spec, "1,2\n1,2,3\n1\n1,2,\n");
    EXPECT_TRUE(done.result.ok());
    EXPECT_EQ(counts_of(done), "4 1 3 0");
    EXPECT_EQ(done.log,
              "Reason: Column count mismatch: expected 2, but found 3 (sep:, delim:\\n), line 2, "
              "byte 4. src line [1,2,3]; \n"
              "Reason: Column count mismatch: expected 2, but found 1 (sep:, delim:\\n), line 3, "
              "byte 10. src line [1]; \n"
              "Reason: Column count mismatch: expected 2, but found 3 (sep:, delim:\\n), the row "
              "ends with one separator more than it has values, line 4, byte 12. src line [1,2,]; "
              "\n");
    EXPECT_EQ(done.first_error,
              "Column count mismatch: expected 2, but found 3 (sep:, delim:\\n), line 2, byte 4. "
              "Src line: 1,2,3");
}

TEST(BulkReaderCsvTest, RowsThatAreNotUtf8AreFiltered) {
    const auto format = CsvFormat{.column_separator = "\x01"};
    const auto done =
        load(csv("a, b", format), "1\x01\xe4\xb8\xad\n2\x01\xe4\n3\x01\xff\n4\x01z\n");
    EXPECT_FALSE(done.result.ok());
    EXPECT_EQ(counts_of(done), "4 2 2 0");
    EXPECT_THAT(done.log, HasSubstr("Invalid file encoding: all CSV files must be UTF-8 encoded"));
    EXPECT_THAT(done.log, HasSubstr("src line [2\x01\xef\xbf\xbd]"));
}

TEST(BulkReaderCsvTest, ASeparatorNeedNotBeUtf8) {
    const auto done = load(csv("a, b", {.column_separator = "\xff"}),
                           "1\xff"
                           "2\n3\xff\xfe\n");
    EXPECT_EQ(done.csv, "\"1\",\"2\"\n");
    EXPECT_EQ(counts_of(done), "2 1 1 0");
}

TEST(BulkReaderCsvTest, ARowThatIsTooLongFailsTheLoad) {
    auto spec = csv("a, b");
    spec.line_bytes_max = 10;
    EXPECT_TRUE(load(spec, "12345,7890\n").result.ok());
    for (const auto* body : {"12345,78901\n", "1,2\n12345,78901"}) {
        const auto done = load(spec, body);
        ASSERT_FALSE(done.result.ok());
        EXPECT_EQ(done.result.error().code(), Code::too_large);
        EXPECT_THAT(done.result.error().client_text(),
                    HasSubstr("output buffer size exceeds configured limit"));
    }
}

TEST(BulkReaderCsvTest, AFailedLoadStaysFailed) {
    FakeCompiler compiler;
    auto spec = csv("a");
    spec.line_bytes_max = 2;
    auto reader = BulkReader::make(spec, compiler);
    ASSERT_TRUE(reader.ok());
    EXPECT_FALSE(reader.value()->feed("123\n").ok());
    EXPECT_FALSE(reader.value()->feed("1\n").ok());
    EXPECT_FALSE(reader.value()->finish().ok());
}

// ---- Enclosed values

struct Enclosing {
    char escape = '\\';
    bool trims = true;
};

Load enclosed(std::string_view columns, std::string_view body, Enclosing how = {}) {
    return load(csv(columns, {.column_separator = ",",
                              .enclose = '"',
                              .escape = how.escape,
                              .trim_double_quotes = how.trims}),
                body);
}

TEST(BulkReaderCsvTest, EnclosedValuesMayHaveSeparatorsAndLineEnds) {
    const auto done = enclosed("a, b", "\"x,\ny\",1\n\"z\r\n\",\"2\"\n3,4");
    EXPECT_EQ(done.csv, "\"x,\ny\",\"1\"\n\"z\r\n\",\"2\"\n\"3\",\"4\"\n");
    EXPECT_EQ(counts_of(done), "3 3 0 0");
}

TEST(BulkReaderCsvTest, WhatAnEnclosedValueIs) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {R"("abc\"de,fg\"h")", R"(abc"de,fg"h)"},
        {R"("a\\","b")", "a\\|b"},
        {R"("a\nb")", R"(a\nb)"},  // an escape of nothing is data
        {R"(ab"c,d"ef","g"hi)", R"(ab"c|d"ef"|"g"hi)"},
        {R"("",)", "|"},
        {R"("aa,"bbb",cc")", R"(aa,"bbb|cc")"},
        {R"("aaa"bbb"ccc")", R"(aaa"bbb"ccc)"},
        {R"("aa"bb"")", R"(aa"bb")"},
        {R"(\N,"\N")", "NULL|\\N"},
        {R"("a)"
         "\n\n"
         R"(b",c)",
         "a\n\nb|c"},
    };
    for (const auto& [body, expected] : table) {
        std::string columns = "c0";
        for (std::size_t i = 0; i < expected.size(); ++i) {
            if (expected[i] == '|') columns += ", c" + std::to_string(i + 1);
        }
        const auto done = enclosed(columns, body + "\n");
        std::string wanted;
        for (std::size_t begin = 0; begin <= expected.size();) {
            const auto end = std::min(expected.find('|', begin), expected.size());
            const auto value = expected.substr(begin, end - begin);
            if (value != "NULL") append_csv_value(wanted, value);
            wanted += end == expected.size() ? '\n' : ',';
            begin = end + 1;
        }
        EXPECT_EQ(done.csv, wanted) << body << done.log;
    }
}

TEST(BulkReaderCsvTest, DoubledQuotesAreOneWhereTheEscapeIsTheQuote) {
    EXPECT_EQ(enclosed("a, b", "\"{\"\"a\"\": 1}\",\"\"\"\"\n", {.escape = '"'}).csv,
              "\"{\"\"a\"\": 1}\",\"\"\"\"\n");
    EXPECT_EQ(enclosed("a", "\"x\"\"\n\"\"y\"\n", {.escape = '"'}).csv, "\"x\"\"\n\"\"y\"\n");
}

TEST(BulkReaderCsvTest, QuotesStayWhereTheyAreNotTrimmed) {
    EXPECT_EQ(enclosed("a DATE, b", "\"2023-07-15\",\"x,\\\"y\"\n", {.trims = false}).csv,
              ",\"\"\"x,\"\"y\"\"\"\n");
}

TEST(BulkReaderCsvTest, AValueThatIsNeverClosedFailsTheLoad) {
    auto spec = csv("a, b", {.column_separator = ",", .enclose = '"', .escape = '\\'});
    spec.mapping.max_filter_ratio = 1;
    for (const auto* body : {"1,2\n3,\"4\n5,6\n", "\"", "1,\"2\\", "1,\"2\\\""}) {
        const auto done = load(spec, body);
        ASSERT_FALSE(done.result.ok()) << body;
        EXPECT_THAT(done.result.error().client_text(), HasSubstr("never closed"));
    }
}

TEST(BulkReaderCsvTest, LongSeparatorsWithinEnclosedValues) {
    const auto done = load(csv("a, b", {.column_separator = "@@",
                                        .line_delimiter = "$$$",
                                        .enclose = '"',
                                        .escape = '\\',
                                        .trim_double_quotes = true}),
                           "\"x@@y$$$z\"@@1@2$$$\"q\"@@$$$");
    EXPECT_EQ(done.csv, "\"x@@y$$$z\",\"1@2\"\n\"q\",\"\"\n");
}

TEST(BulkReaderCsvTest, AnEnclosedRowHasTheLineItBeginsAt) {
    auto spec = csv("a, b", {.column_separator = ",", .enclose = '"', .trim_double_quotes = true});
    const auto done = load(spec, "\"x\ny\",1\nbad\n");
    EXPECT_THAT(done.log, HasSubstr("line 3, byte 8. src line [bad]"));
}

}  // namespace
}  // namespace millrace::bulk
