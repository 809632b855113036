#include "core/model/slice_header.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

SliceHeader full() {
    return {.has_operation = true, .columns = {"id", "say \"hi\",\n", "at"}, .sequence = 2};
}

constexpr std::string_view kFull =
    "#slice 2,operation,\"id\",\"say \"\"hi\"\",\n\",sequence \"at\"\n";

TEST(SliceHeaderTest, IsOneLineOfCsv) {
    EXPECT_EQ(render_slice_header(full()), kFull);
    EXPECT_EQ(render_slice_header({.has_operation = false, .columns = {"a"}, .sequence = {}}),
              "#slice 2,\"a\"\n");
    EXPECT_EQ(kFull.front(), kSliceHeaderMark);
}

TEST(SliceHeaderTest, IsReadAsItWasWritten) {
    const auto parsed = parse_slice_header(std::string(kFull) + "upsert,\"1\",,\n");
    ASSERT_TRUE(parsed.ok()) << parsed.error().operator_text();
    ASSERT_TRUE(parsed.value());
    EXPECT_EQ(parsed.value()->header, full());
    EXPECT_EQ(parsed.value()->bytes, kFull.size());
}

TEST(SliceHeaderTest, IsNotKnownBeforeItsLineEnds) {
    for (std::size_t bytes = 0; bytes < kFull.size(); ++bytes) {
        const auto parsed = parse_slice_header(kFull.substr(0, bytes));
        ASSERT_TRUE(parsed.ok()) << bytes;
        EXPECT_FALSE(parsed.value()) << bytes;
    }
}

TEST(SliceHeaderTest, OtherLinesAreCorrupt) {
    struct Row {
        std::string_view line;
        std::string_view expected;
    };
    const Row table[] = {
        {"\n", "is of no known version"},
        {"#slice 1,\"a\"\n", "is of no known version"},
        {"#slice 20,\"a\"\n", "is of no known version"},
        {"#slice 2\n", "is of no known version"},
        {"#slice 2,\n", "has something that is no column"},
        {"#slice 2,operation\n", "has no columns"},
        {"#slice 2,operation,\n", "has something that is no column"},
        {"#slice 2,operations,\"a\"\n", "has no columns"},
        {"#slice 2,a\n", "has something that is no column"},
        {"#slice 2,\"a\",\n", "has something that is no column"},
        {"#slice 2,\"a\"b\n", "has something behind a column"},
        {"#slice 2,\"a\"\r\n", "has something behind a column"},
        {"#slice 2,\"a\",\"b\",\"a\"\n", "has the column \"a\" twice"},
        {"#slice 2,sequence \"a\",sequence \"b\"\n", "has two sequences"},
        {"#slice 2,\"a\",operation,\"b\"\n", "has something that is no column"},
    };
    for (const auto& row : table) {
        SCOPED_TRACE(row.line);
        const auto parsed = parse_slice_header(row.line);
        ASSERT_FALSE(parsed.ok());
        EXPECT_EQ(parsed.error().code(), Code::corrupt);
        EXPECT_EQ(parsed.error().operator_text(),
                  fmt::format("the header of the slice {}", row.expected));
    }
}

TEST(SliceHeaderTest, OperationsHaveTheirWords) {
    for (const auto operation : {RowOperation::upsert, RowOperation::erase}) {
        EXPECT_EQ(row_operation_from(to_string(operation)), operation);
    }
    EXPECT_EQ(to_string(RowOperation::erase), "delete");
    for (const auto* text : {"", "Upsert", "erase", "insert"}) {
        EXPECT_EQ(row_operation_from(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace millrace
