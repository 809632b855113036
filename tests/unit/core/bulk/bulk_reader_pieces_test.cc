// Goal    what becomes of a body does not depend on the pieces it comes in.
// Method  small bodies of all formats are cut at every place, and into single bytes; larger ones,
//         made of the marks that mean something, at random places.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/bulk/bulk_reader.h"
#include "tests/unit/core/bulk/bulk_loads.h"

namespace millrace::bulk {
namespace {

std::string summary(const Load& load) {
    return (load.result.ok() ? "ok" : load.result.error().client_text()) + "\n" + counts_of(load) +
           "\n" + load.csv + load.log + load.first_error;
}

std::vector<std::string_view> cut(std::string_view body, const std::vector<std::size_t>& places) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    for (const auto place : places) {
        pieces.push_back(body.substr(begin, place - begin));
        begin = place;
    }
    pieces.push_back(body.substr(begin));
    return pieces;
}

struct Dialect {
    std::string name;
    BulkFormat format;
    std::string body;
    std::vector<std::string> words;  // of random bodies
};

std::vector<Dialect> dialects() {
    const auto mark = std::string("\xef\xbb\xbf");
    return {
        {"plain",
         CsvFormat{.column_separator = ","},
         mark + "1,2\r\n\n3,\\N\n\xe4\xb8\xad,\xe4\n5,6,7\n8,9",
         {"1", ",", "\n", "\r", "\\N", "\"", "\xe4\xb8\xad", "\xff", ""}},
        {"long separators",
         CsvFormat{.column_separator = "|@|", .line_delimiter = "|@|\n"},
         "1|@|2|@|\n3|@|@|4|@|\n5",
         {"|", "@", "\n", "|@|", "|@|\n", "a"}},
        {"overlapping separators",
         CsvFormat{.column_separator = "aab", .line_delimiter = "aac"},
         "1aaab2aaac3aab4aac",
         {"a", "b", "c", "1"}},
        {"enclosed",
         CsvFormat{
             .column_separator = ",", .enclose = '"', .escape = '\\', .trim_double_quotes = true},
         "\"x,\n\\\"y\",1\r\n\"aa,\"bbb\",cc\"\n\"\",\"z\"\n",
         {"\"", "\\", ",", "\n", "x", "\r", "\","}},
        {"doubled quotes",
         CsvFormat{
             .column_separator = ",", .enclose = '"', .escape = '"', .trim_double_quotes = true},
         "\"{\"\"a\"\":\n1}\",1\n\"\"\"\",\"x\"",
         {"\"", "\"\"", ",", "\n", "x", "\","}},
        {"long separators, enclosed",
         CsvFormat{
             .column_separator = "@@", .line_delimiter = "$$$", .enclose = '"', .escape = '\\'},
         "\"x@@y$$$z\"@@1@2$$$\"q\"@@$$$",
         {"\"", "\\", "@", "@@", "$", "$$$", "x"}},
        {"lines of JSON",
         JsonFormat{},
         mark + "{\"a\":1,\"b\":\"\xe4\xb8\xad\\n\"}\n\n{\"b\":[1,{}]}\r\n{\"a\":}\n{\"A\":2}",
         {"{", "}", "\"a\"", ":", "1", "\n", "{\"a\":1}", "{\"b\":\"\\\"\"}\n"}},
        {"an array of JSON",
         JsonFormat{.by_line = false, .strip_outer_array = true},
         " [ {\"a\":1,\"b\":\"]\\\"}\"},\n{\"b\":[1,{}]} , 7,{\"a\":2}]\n",
         {"[", "]", ",", "{\"a\":1}", "{\"b\":\"\\\"", "\"}", " ", "\n", "1"}},
        {"arrays in lines",
         JsonFormat{.by_line = true, .strip_outer_array = true},
         "[{\"a\":1},{\"b\":2}]\n[]\n[{\"a\":3},4]",
         {"[", "]", ",", "{\"a\":1}", "\n"}},
        {"one document",
         JsonFormat{.by_line = false, .root = "$.x"},
         "{\"x\":\n{\"a\":1,\"b\":\"\\\\\"}}\n",
         {"{\"x\":", "{\"a\":1}", "}", " ", "1"}},
    };
}

BulkSpec spec_of(const Dialect& dialect) {
    BulkSpec spec{.table = table_of("a, b"),
                  .format = dialect.format,
                  .mapping = {.max_filter_ratio = 1},
                  .now = {}};
    spec.line_bytes_max = 100'000;
    return spec;
}

// Goal    however much one piece becomes, about a megabyte of it is held.
TEST(BulkReaderPiecesTest, RowsAreHandedOverWhileAPieceIsRead) {
    const BulkSpec spec{.table = table_of("a, b"),
                        .format = CsvFormat{.column_separator = ","},
                        .mapping = {.columns = columns_of("a, b=a")},
                        .now = {}};
    FakeCompiler compiler;
    auto reader = BulkReader::make(spec, compiler).value();
    std::uint64_t rows = 0;
    std::size_t largest = 0;
    reader->hand_over([&](const BulkReader::Rows& taken) -> Result<void> {
        rows += taken.rows;
        largest = std::max(largest, taken.csv.size());
        return {};
    });
    const std::string line(100'000, 'x');
    std::string body;
    for (int i = 0; i < 50; ++i) body += line + "\n";
    ASSERT_TRUE(reader->feed(body).ok());
    EXPECT_GE(rows, 40U);
    EXPECT_LT(largest, (1U << 20) + 250'000U);
    rows += reader->take().rows;
    ASSERT_TRUE(reader->finish().ok());
    EXPECT_EQ(rows + reader->take().rows, 50U);
}

TEST(BulkReaderPiecesTest, ACutAtAnyPlaceChangesNothing) {
    for (const auto& dialect : dialects()) {
        SCOPED_TRACE(dialect.name);
        const auto spec = spec_of(dialect);
        const auto whole = summary(load(spec, dialect.body));
        for (std::size_t place = 0; place <= dialect.body.size(); ++place) {
            ASSERT_EQ(summary(load(spec, cut(dialect.body, {place}))), whole) << place;
        }
        std::vector<std::size_t> everywhere;
        for (std::size_t place = 1; place < dialect.body.size(); ++place) {
            everywhere.push_back(place);
        }
        ASSERT_EQ(summary(load(spec, cut(dialect.body, everywhere))), whole);
    }
}

TEST(BulkReaderPiecesTest, RandomCutsOfRandomBodiesChangeNothing) {
    for (const auto& dialect : dialects()) {
        auto spec = spec_of(dialect);
        for (unsigned seed = 0; seed < 60; ++seed) {
            SCOPED_TRACE(testing::Message() << dialect.name << " seed=" << seed);
            std::mt19937 random(seed);
            spec.line_bytes_max = seed % 3 == 0 ? 12 : 100'000;
            std::string body = seed % 2 == 0 ? "" : dialect.body;
            for (unsigned i = 0; i < 8 * seed; ++i) {
                body += dialect.words[random() % dialect.words.size()];
            }
            const auto whole = summary(load(spec, body));
            for (int round = 0; round < 4; ++round) {
                std::vector<std::size_t> places;
                for (int i = 0; i < 5; ++i) places.push_back(random() % (body.size() + 1));
                std::sort(places.begin(), places.end());
                ASSERT_EQ(summary(load(spec, cut(body, places))), whole) << body;
            }
        }
    }
}

// Larger than the pieces that the reader copies at once.
TEST(BulkReaderPiecesTest, RowsLargerThanThePiecesTheyComeIn) {
    const std::string large(700'000, 'x');
    std::string body;
    for (int i = 0; i < 5; ++i) body += std::to_string(i) + "," + large + "\n";
    BulkSpec spec{.table = table_of("a, b"),
                  .format = CsvFormat{.column_separator = ","},
                  .mapping = {},
                  .now = {}};
    const auto whole = load(spec, body);
    EXPECT_EQ(counts_of(whole), "5 5 0 0");
    std::vector<std::size_t> places;
    for (std::size_t place = 65536; place < body.size(); place += 65536) places.push_back(place);
    EXPECT_EQ(load(spec, cut(body, places)).csv, whole.csv);
}

}  // namespace
}  // namespace millrace::bulk
