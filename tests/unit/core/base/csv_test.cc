#include "core/base/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string quoted(std::string_view value) {
    std::string out;
    append_csv_value(out, value);
    return out;
}

// Reads `text` in pieces of `piece` bytes; the rows before the first error go to `rows`.
Result<void> read(std::string_view text, std::size_t columns, std::size_t piece, Rows& rows) {
    CsvRowReader reader(columns);
    while (!text.empty()) {
        reader.feed(text.substr(0, piece));
        text.remove_prefix(std::min(piece, text.size()));
        while (true) {
            TRY_ASSIGN(const bool whole, reader.next());
            if (!whole) break;
            rows.push_back(reader.row());
            EXPECT_EQ(reader.rows(), rows.size());
        }
    }
    return reader.finish();
}

TEST(CsvTest, QuotesValues) {
    EXPECT_EQ(quoted(""), R"("")");
    EXPECT_EQ(quoted("a,b"), R"("a,b")");
    EXPECT_EQ(quoted(R"(")"), R"("""")");
    EXPECT_EQ(quoted(R"("a""b")"), R"("""a""""b""")");
    EXPECT_EQ(quoted(std::string_view("\0\n", 2)), std::string("\"\0\n\"", 4));
}

TEST(CsvTest, AppendsBehindWhatIsThere) {
    std::string out = "x,";
    append_csv_value(out, "y");
    EXPECT_EQ(out, R"(x,"y")");
}

// Pieces may end anywhere: after each byte, inside doubled quotes, between rows.
TEST(CsvTest, ReadsRowsFromPiecesOfAnySize) {
    const Rows expected = {{"a", "", "say \"hi\""}, {"", "x\ny,z", "\""}, {"1", "2", "3"}};
    std::string text;
    for (const auto& row : expected) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) text += ',';
            append_csv_value(text, row[i]);
        }
        text += '\n';
    }
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        SCOPED_TRACE(piece);
        Rows rows;
        EXPECT_TRUE(read(text, 3, piece, rows).ok());
        EXPECT_EQ(rows, expected);
    }
}

TEST(CsvTest, ReadsNothingFromNothing) {
    Rows rows;
    EXPECT_TRUE(read("", 1, 1, rows).ok());
    EXPECT_TRUE(rows.empty());
}

TEST(CsvTest, RefusesWhatTheWriterDoesNotWrite) {
    struct Row {
        std::string text;
        std::string expected;
    };
    const std::vector<Row> table = {
        {"a,\"b\"\n", "row 1: a value does not begin with a quote"},
        {"\"a\",b\n", "row 1: a value does not begin with a quote"},
        {"\n", "row 1: a value does not begin with a quote"},
        {"\"a\"\n", "row 1: 1 values, expected 2"},
        {"\"a\",\"b\",\"c\"\n", "row 1: more than 2 values"},
        {"\"a\"x,\"b\"\n", "row 1: a value is followed by neither comma nor line end"},
        {"\"a\",\"b\"\r\n", "row 1: a value is followed by neither comma nor line end"},
        {"\"a\",\"b\"\n\"c\"\n", "row 2: 1 values, expected 2"},
    };
    for (const auto& row : table) {
        for (const std::size_t piece : {std::size_t{1}, row.text.size()}) {
            SCOPED_TRACE(row.text);
            Rows rows;
            const auto result = read(row.text, 2, piece, rows);
            ASSERT_FALSE(result.ok());
            EXPECT_EQ(result.error().code(), Code::corrupt);
            EXPECT_EQ(result.error().operator_text(), row.expected);
        }
    }
}

TEST(CsvTest, RefusesToEndInsideARow) {
    const std::string text = "\"a\",\"b\"\n\"c\",\"d\"\n";
    for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
        Rows rows;
        const auto result = read(std::string_view(text).substr(0, bytes), 2, 3, rows);
        EXPECT_EQ(result.ok(), bytes % 8 == 0) << bytes;
        if (result.ok()) continue;
        EXPECT_EQ(result.error().code(), Code::corrupt);
    }
}

// Goal    NULL, which is a value without quotes, is told from empty text wherever a piece ends.
TEST(CsvTest, TellsBareValuesFromQuotedOnes) {
    const std::string_view text = "\"\",,word\n,\"a,b\",\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        SCOPED_TRACE(piece);
        CsvRowReader reader(3, BareValues::allowed);
        Rows rows;
        std::vector<std::vector<bool>> bare;
        for (auto rest = text; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size()))) {
            reader.feed(rest.substr(0, piece));
            while (reader.next().value()) {
                rows.push_back(reader.row());
                bare.push_back({reader.is_bare(0), reader.is_bare(1), reader.is_bare(2)});
            }
        }
        EXPECT_TRUE(reader.finish().ok());
        EXPECT_EQ(rows, (Rows{{"", "", "word"}, {"", "a,b", ""}}));
        EXPECT_EQ(bare, (std::vector<std::vector<bool>>{{false, true, true}, {true, false, true}}));
    }
}

TEST(CsvTest, RefusesAQuoteInsideABareValue) {
    for (const std::string_view text : {"a\"b\"\n", "a\"\n"}) {
        CsvRowReader reader(1, BareValues::allowed);
        reader.feed(text);
        EXPECT_EQ(reader.next().error().code(), Code::corrupt) << text;
    }
}

}  // namespace
}  // namespace millrace
