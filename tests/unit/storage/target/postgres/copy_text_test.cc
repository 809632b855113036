#include "storage/target/postgres/copy_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::postgres {
namespace {

using testing::HasSubstr;

const TableSpec kTable{.id = TableId::parse("in.c-a.t").value(),
                       .columns = {{.name = "id", .primary_key = true},
                                   {.name = "n", .data_type = DataType::integer},
                                   {.name = "at", .data_type = DataType::timestamp}}};

// What COPY gets of a slice that arrives in pieces of so many bytes; "!" and the text of an error.
std::string copied(std::string_view slice, std::size_t piece,
                   RowNumbers numbers = RowNumbers::none) {
    CopyText text(kTable, numbers, 0);
    std::string out;
    std::string waiting;
    while (!slice.empty()) {
        const auto next = slice.substr(0, piece);
        waiting += next;
        slice.remove_prefix(next.size());
        if (!text.shape()) {
            const auto front = text.read_front(waiting);
            if (!front.ok()) return "!" + front.error().operator_text();
            if (!front.value()) continue;
            waiting.erase(0, *front.value());
        }
        const auto passed = text.append_rows(waiting, out);
        if (!passed.ok()) return "!" + passed.error().operator_text();
        waiting.erase(0, passed.value());
    }
    return waiting.empty() ? out : out + "...";
}

// Goal    where a piece ends makes no difference.
TEST(CopyTextTest, BytesArePassedOnAsTheyAre) {
    const std::string slice =
        "\"a\",\"-12\",\"2026-01-02T03:04:05.678900Z\"\n\"x "
        "\"\"y\"\",\n\",\"0\",\"2026-01-02T03:04:05Z\"\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        EXPECT_EQ(copied(slice, piece), slice) << piece;
    }
}

TEST(CopyTextTest, ItStopsInFrontOfTheFirstRowThatDeletesAndHasOperationsFromThereOn) {
    CopyText text(kTable, RowNumbers::first_column, 0);
    std::string_view slice = "\"a\",\"1\",\"\"\n-\"b\",,\n\"c\",\"\",\"\"\n-\"d\",,\n";
    ASSERT_TRUE(text.read_front(slice).ok());
    std::string out;
    slice.remove_prefix(text.append_rows(slice, out).value());
    EXPECT_EQ(out, "1,\"a\",\"1\",\n");
    EXPECT_TRUE(text.shape()->has_operation);
    text.begin_at(0);
    out.clear();
    EXPECT_EQ(text.append_rows(slice, out).value(), slice.size());
    EXPECT_EQ(out, "1,delete,\"b\",,\n2,upsert,\"c\",,\n3,delete,\"d\",,\n");
    EXPECT_EQ(text.rows(), 4U);
}

TEST(CopyTextTest, NullIsNothing) {
    const std::string slice = "\"a\",\"\",\"null\"\n\"\",\"null\",\"\"\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        EXPECT_EQ(copied(slice, piece), "\"a\",,\n\"\",,\n") << piece;
    }
}

TEST(CopyTextTest, TimesAreAsTheyAreMeant) {
    EXPECT_EQ(copied("\"a\",\"1\",\"2026-01-31 10:30:00+01\"\n", 99),
              "\"a\",\"1\",2026-01-31T09:30:00.000000Z\n");
    EXPECT_EQ(copied("\"a\",\"1\",\"2026-01-31T10:30:00.1234569Z\"\n", 99),
              "\"a\",\"1\",2026-01-31T10:30:00.123456Z\n")
        << "PostgreSQL would round";
    EXPECT_EQ(copied("\"a\",\"1\",\"Sat, 31 Jan 2026 09:30:00 GMT\"\n", 99),
              "\"a\",\"1\",2026-01-31T09:30:00.000000Z\n");
}

TEST(CopyTextTest, RowsAreNumbered) {
    const std::string slice = "\"a\",\"1\",\"\"\n\"b\",\"2\",\"\"\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        EXPECT_EQ(copied(slice, piece, RowNumbers::first_column),
                  "1,\"a\",\"1\",\n2,\"b\",\"2\",\n")
            << piece;
    }
}

TEST(CopyTextTest, AHeaderSaysWhatTheRowsAre) {
    const std::string slice =
        "#slice 2,operation,\"n\",\"id\"\nupsert,,\"a\"\ndelete,\"1\",\"b\"\n";
    for (std::size_t piece = 1; piece <= slice.size(); ++piece) {
        EXPECT_EQ(copied(slice, piece), "upsert,,\"a\"\ndelete,\"1\",\"b\"\n") << piece;
    }
}

TEST(CopyTextTest, WhatIsNoRowIsNamed) {
    struct Case {
        std::string_view slice;
        std::string_view text;
    };
    for (const auto& [slice, text] : {
             Case{"\"a\",\"1\"\n", "fewer values"},
             Case{"\"a\",\"1\",\"\",\"\"\n", "more values"},
             Case{"\"a\",1,\"\"\n", "column \"n\": a value has no quotes"},
             Case{"\"a\",,\"\"\n", "column \"n\": a value has no quotes"},
             Case{"\"a\"x,\"1\",\"\"\n", "not followed by"},
             Case{"\"a\",\"1\",\"\"\r\n", "not followed by"},
             Case{"\"a\",\"one\",\"\"\n", "column \"n\": the cell is no value"},
             Case{"\"a\",\"9223372036854775808\",\"\"\n", "column \"n\": the cell is no value"},
             Case{"\"a\",\"1\",\"yesterday\"\n", "column \"at\": the cell is no value"},
             Case{"#slice 3,\"id\"\n", "header"},
             Case{"#slice 2,\"id\",\"n\"\n\"a\",\"\"\n", "column \"n\": the cell is no value"},
             Case{"#slice 2,\"id\"\n\n", "column \"id\" of the key is NULL"},
             Case{"#slice 2,operation,\"id\"\nremove,\"a\"\n", "operation"},
             Case{"#slice 2,operation,\"id\"\n\"upsert\",\"a\"\n", "operation"},
             Case{"#slice 2,\"size\"\n\"a\"\n", "size"},
         }) {
        for (const std::size_t piece : {1UL, 7UL, 999UL}) {
            EXPECT_THAT(copied(slice, piece), testing::StartsWith("!")) << slice;
            EXPECT_THAT(copied(slice, piece), HasSubstr(text)) << slice;
        }
    }
    EXPECT_EQ(copied("\"a\",\"1\",\"", 3), "...");
}

}  // namespace
}  // namespace millrace::postgres
