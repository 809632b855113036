#include "core/bulk/row_output.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/csv.h"

namespace millrace::bulk {
namespace {

TEST(RowOutputTest, RowsAreTheCsvOfSlices) {
    RowOutput out;
    out.begin_row();
    out.add_bare("upsert");
    out.add_plain("1");
    out.add_text("a \"b\"");
    out.add_null();
    out.end_row();
    out.begin_row();
    out.add_null();
    out.add_text("");
    out.end_row();
    EXPECT_EQ(out.rows(), "upsert,\"1\",\"a \"\"b\"\"\",\n,\"\"\n");
    EXPECT_EQ(out.row_count(), 2U);
    out.clear();
    EXPECT_EQ(out.rows(), "");
}

TEST(RowOutputTest, ARowCanBeDropped) {
    RowOutput out;
    out.begin_row();
    out.add_text("kept");
    out.end_row();
    out.begin_row();
    out.add_text(std::string(10'000, '"'));
    out.drop_row();
    EXPECT_EQ(out.rows(), "\"kept\"\n");
    EXPECT_EQ(out.row_count(), 1U);
}

// Short texts are copied in another way than long ones.
TEST(RowOutputTest, TextsOfAnyLengthAreWrittenWithOrWithoutAQuoteAnywhere) {
    for (std::size_t bytes = 0; bytes < 70; ++bytes) {
        for (std::size_t quote = 0; quote <= bytes; ++quote) {
            std::string text(bytes, 'x');
            if (quote < bytes) text[quote] = '"';
            std::string wanted;
            append_csv_value(wanted, text);
            RowOutput out;
            out.begin_row();
            out.add_text(text);
            if (quote == bytes) out.add_plain(text);
            out.end_row();
            EXPECT_EQ(out.rows(), wanted + (quote == bytes ? "," + wanted : "") + "\n");
        }
    }
}

TEST(RowOutputTest, TextsAreWrittenAsEverywhereElse) {
    for (const std::string text : {"", "\"", "\"\"", "a\"", "\"a", "a\"b\"\"c", "\n,\r", "plain"}) {
        RowOutput out;
        out.begin_row();
        out.add_text(text);
        out.end_row();
        std::string wanted;
        append_csv_value(wanted, text);
        EXPECT_EQ(out.rows(), wanted + "\n");
    }
}

}  // namespace
}  // namespace millrace::bulk
