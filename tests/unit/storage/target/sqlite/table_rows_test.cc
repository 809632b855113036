#include "storage/target/sqlite/table_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "tests/support/temp_directory.h"

namespace millrace::target {
namespace {

using testing::ElementsAre;
using Rows = std::vector<std::vector<TableCell>>;

// Tables that users have made.
class TableRowsTest : public testing::Test {
protected:
    RowsPage page(std::size_t rows_max = 100, const std::string& after = {}) {
        auto read = read_rows(
            database_,
            {.table = TableId::parse("in.c-a.t").value(), .after = after, .rows_max = rows_max});
        EXPECT_TRUE(read.ok()) << read.error().operator_text();
        return read.ok() ? std::move(read).value() : RowsPage{};
    }

    Rows in_pages(std::size_t rows_max) {
        Rows rows;
        std::string after;
        do {
            auto read = page(rows_max, after);
            std::ranges::move(read.rows, std::back_inserter(rows));
            after = read.next;
        } while (!after.empty());
        return rows;
    }

    testing_support::TempDirectory directory_;
    sqlite::Database database_ = sqlite::Database::open(directory_ / "x.sqlite", {}).value();
};

TEST_F(TableRowsTest, ColumnsMayHaveTheNamesOfTheRowid) {
    ASSERT_TRUE(database_
                    .execute("CREATE TABLE t (rowid TEXT, ROWID_2, _ROWID_ TEXT);"
                             "INSERT INTO t VALUES ('c', 1, 'x'), ('b', 2, 'y'), ('a', 3, 'z')")
                    .ok());
    const Rows wanted = {
        {"c", std::int64_t{1}, "x"}, {"b", std::int64_t{2}, "y"}, {"a", std::int64_t{3}, "z"}};
    EXPECT_EQ(in_pages(2), wanted);
    EXPECT_EQ(in_pages(1), wanted);
}

TEST_F(TableRowsTest, ATableWithoutRowidsIsCountedThrough) {
    ASSERT_TRUE(database_
                    .execute("CREATE TABLE t (a TEXT PRIMARY KEY) WITHOUT ROWID;"
                             "INSERT INTO t VALUES ('c'), ('b'), ('a')")
                    .ok());
    EXPECT_EQ(in_pages(2), (Rows{{"a"}, {"b"}, {"c"}}));
    ASSERT_TRUE(database_
                    .execute("DROP TABLE t; CREATE TABLE t (rowid, _rowid_, oid);"
                             "INSERT INTO t VALUES (3, 3, 3), (2, 2, 2)")
                    .ok());
    EXPECT_EQ(in_pages(1).size(), 2U);
}

TEST_F(TableRowsTest, ThePlacesOfOneKindAreNoneOfTheOther) {
    ASSERT_TRUE(database_.execute("CREATE TABLE t (a TEXT)").ok());
    EXPECT_EQ(read_rows(database_, {.table = TableId::parse("in.c-a.t").value(), .after = "c1"})
                  .error()
                  .code(),
              Code::invalid);
}

TEST_F(TableRowsTest, NegativeRowidsAndEveryKindOfValueAreRead) {
    ASSERT_TRUE(database_
                    .execute("CREATE TABLE t (id INTEGER PRIMARY KEY, b BOOLEAN, x, g AS (id * 2));"
                             "INSERT INTO t (id, b, x) VALUES (-9223372036854775808, 1, 1.5),"
                             " (-1, 0, x'ff00'), (5, 7, NULL)")
                    .ok());
    EXPECT_THAT(page().columns, ElementsAre("id", "b", "x", "g"));
    const auto rows = in_pages(1);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0][0], TableCell(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(rows[0][1], TableCell(true));
    EXPECT_EQ(rows[0][2], TableCell(1.5));
    EXPECT_EQ(rows[1], (std::vector<TableCell>{std::int64_t{-1}, false, std::string("\xff\0", 2),
                                               std::int64_t{-2}}));
    EXPECT_EQ(rows[2], (std::vector<TableCell>{std::int64_t{5}, std::int64_t{7}, TableCell(),
                                               std::int64_t{10}}));
}

}  // namespace
}  // namespace millrace::target
