#include "api/cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace millrace::cli {
namespace {

const TextTable kTable{.heads = {"SOURCE", "ROWS"},
                       .rows = {{"shop", "12"}, {"a-long-name", "1,200"}},
                       .is_number = {false, true}};

TEST(TextTableTest, NumbersAreToTheRight) {
    EXPECT_EQ(render(kTable, 0),
              "SOURCE        ROWS\n"
              "shop            12\n"
              "a-long-name  1,200\n");
}

TEST(TextTableTest, WhatIsTooWideIsCut) {
    EXPECT_EQ(render(kTable, 15),
              "SOURCE     ROWS\n"
              "shop         12\n"
              "a-long-…  1,200\n");
}

TEST(TextTableTest, WhereNothingFitsARowIsLines) {
    EXPECT_EQ(render(kTable, 10),
              "SOURCE: s…\n"
              "ROWS: 12\n"
              "\n"
              "SOURCE: a…\n"
              "ROWS: 1,2…\n");
}

// Goal    an id that is shown can be given to the next command, and a reason can be read.
TEST(TextTableTest, WhatHasToBeWholeIsNeverCut) {
    const TextTable table{.heads = {"FILE", "OPENED", "REASON"},
                          .rows = {{"01a22daa-7f3c", "2026-11-30", "the disk is full"}},
                          .is_number = {},
                          .least = {kWhole, 0, 8}};
    EXPECT_EQ(render(table, 40),
              "FILE           OPENED      REASON\n"
              "01a22daa-7f3c  2026-11-30  the disk is …\n");
    EXPECT_EQ(render(table, 31),
              "FILE           OPENED  REASON\n"
              "01a22daa-7f3c  2026-…  the dis…\n");
    for (const std::size_t width : {30U, 20U, 9U}) {
        const auto text = render(table, width);
        EXPECT_THAT(text, testing::StartsWith("FILE: 01a22daa-7f3c\n")) << width;
        EXPECT_THAT(text, testing::EndsWith("REASON: the disk is full\n")) << width;
    }
}

TEST(TextTableTest, NoLineIsWiderThanTheTerminal) {
    const TextTable table{.heads = {"A", "B", "C", "D"},
                          .rows = {{std::string(200, 'a'), "höhe", std::string(50, 'c'), "1"}},
                          .is_number = {}};
    for (std::size_t width = 1; width < 300; ++width) {
        std::istringstream lines(render(table, width));
        for (std::string line; std::getline(lines, line);) {
            ASSERT_LE(width_of(line), width) << line;
        }
    }
}

TEST(TextTableTest, WhatCouldSpeakToATerminalIsShownAsEscapes) {
    EXPECT_EQ(printable("a\x1b[2J\nb\t\x07\x7f"), "a\\x1b[2J\\nb\\t\\x07\\x7f");
    EXPECT_EQ(printable("h\xc3\xb6he \xe2\x82\xac"), "h\xc3\xb6he \xe2\x82\xac");
    EXPECT_EQ(printable("\xff\xc2\x9b"), "\\xff\\x9b");
}

TEST(TextTableTest, AGrowingTableBecomesOnlyWider) {
    GrowingTable table({"NAME", "ROWS"}, {false, true}, 0);
    EXPECT_EQ(table.add({}), "");
    EXPECT_EQ(table.add({{"shop", "12"}}),
              "NAME  ROWS\n"
              "shop    12\n");
    EXPECT_EQ(table.add({{"a-long-name", "1"}, {"b", "2"}}),
              "a-long-name     1\n"
              "b               2\n");
    EXPECT_EQ(table.add({{"c", "3"}}), "c               3\n");
}

TEST(TextTableTest, AGrowingTableFitsTheTerminal) {
    GrowingTable table({"NAME", "ROWS"}, {}, 12);
    EXPECT_EQ(table.add({{"a-long-name", "1"}}),
              "NAME    ROWS\n"
              "a-lon…  1\n");
    GrowingTable narrow({"NAME", "ROWS"}, {}, 8);
    EXPECT_EQ(narrow.add({{"a-long-name", "1,000,000"}}), "NAME: a…\nROWS: 1…\n");
    EXPECT_EQ(narrow.add({{"b", "2"}}), "\nNAME: b\nROWS: 2\n");
}

TEST(TextTableTest, DigitsAreGrouped) {
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(1234567), "1,234,567");
}

}  // namespace
}  // namespace millrace::cli
