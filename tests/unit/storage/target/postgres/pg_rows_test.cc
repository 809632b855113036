#include "storage/target/postgres/pg_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "tests/unit/storage/target/postgres/target_fixture.h"

namespace millrace::postgres {
namespace {

using testing::ElementsAre;

// Tables that users have made.
class PgRowsTest : public TargetFixture {
protected:
    RowsPage page(RowsQuery query) {
        auto read = target_.read_rows(query);
        EXPECT_TRUE(read.ok()) << read.error().operator_text();
        return read.ok() ? std::move(read).value() : RowsPage{};
    }

    // The first column of all rows.
    std::vector<std::int64_t> numbers_in_pages(std::size_t rows_max, bool newest_first = false) {
        std::vector<std::int64_t> numbers;
        RowsQuery wanted{
            .table = plain().id, .after = {}, .rows_max = rows_max, .newest_first = newest_first};
        do {
            const auto read = page(wanted);
            for (const auto& row : read.rows) numbers.push_back(std::get<std::int64_t>(row[0]));
            wanted.after = read.next;
        } while (!wanted.after.empty());
        return numbers;
    }
};

TEST_F(PgRowsTest, RowsOfAllPartitionsComeOnce) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE TABLE \"in.c-shop\".orders (n int, x text) PARTITION BY HASH (n)");
    for (int i = 0; i < 3; ++i) {
        query(
            fmt::format("CREATE TABLE part{0} PARTITION OF \"in.c-shop\".orders"
                        " FOR VALUES WITH (MODULUS 3, REMAINDER {0})",
                        i));
    }
    query("INSERT INTO \"in.c-shop\".orders SELECT n, 'x' FROM generate_series(1, 100) n");
    const auto numbers = numbers_in_pages(7);
    EXPECT_EQ(numbers.size(), 100U);
    EXPECT_EQ(std::set<std::int64_t>(numbers.begin(), numbers.end()).size(), 100U);
}

TEST_F(PgRowsTest, ManyRowsComeInTheirOrder) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE TABLE \"in.c-shop\".orders (n int, x text)");
    query(
        "INSERT INTO \"in.c-shop\".orders SELECT n, repeat('x', 100)"
        " FROM generate_series(1, 5000) n");
    query("DELETE FROM \"in.c-shop\".orders WHERE n % 7 = 0");
    const auto numbers = numbers_in_pages(1000);
    EXPECT_EQ(numbers.size(), 5000U - 714U);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

TEST_F(PgRowsTest, RowsThatAreOnlyAddedComeFromTheEnd) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE TABLE \"in.c-shop\".orders (n int, x text)");
    EXPECT_TRUE(numbers_in_pages(7, true).empty());
    query(
        "INSERT INTO \"in.c-shop\".orders SELECT n, repeat('x', 100)"
        " FROM generate_series(1, 5000) n");
    query("DELETE FROM \"in.c-shop\".orders WHERE n % 7 = 0");
    auto wanted = numbers_in_pages(1000);
    std::ranges::reverse(wanted);
    for (const std::size_t rows_max : {77U, 500U, 1000U}) {
        EXPECT_EQ(numbers_in_pages(rows_max, true), wanted) << rows_max;
    }
    query("DELETE FROM \"in.c-shop\".orders WHERE n > 3");
    EXPECT_THAT(numbers_in_pages(2, true), ElementsAre(3, 2, 1)) << "far from the end";
}

// Goal    a new row is first wherever PostgreSQL has put it.
// Method  rows are deleted and their room is cleared, so that what is written next goes there.
TEST_F(PgRowsTest, RowsThatChangeComeByTheTransactionThatWroteThem) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE TABLE \"in.c-shop\".orders (n int PRIMARY KEY, x text)");
    query("INSERT INTO \"in.c-shop\".orders SELECT n, 'x' FROM generate_series(1, 1000) n");
    query("DELETE FROM \"in.c-shop\".orders WHERE n BETWEEN 10 AND 900");
    query("VACUUM \"in.c-shop\".orders");
    query("INSERT INTO \"in.c-shop\".orders VALUES (2000, 'x')");
    query("UPDATE \"in.c-shop\".orders SET x = 'y' WHERE n = 5");
    EXPECT_NE(numbers_in_pages(1000).back(), 5) << "it is not at the end";
    for (const std::size_t rows_max : {1U, 7U, 1000U}) {
        const auto numbers = numbers_in_pages(rows_max, true);
        ASSERT_EQ(numbers.size(), 110U) << rows_max;
        EXPECT_EQ(std::set<std::int64_t>(numbers.begin(), numbers.end()).size(), 110U);
        EXPECT_THAT(std::vector(numbers.begin(), numbers.begin() + 3), ElementsAre(5, 2000, 1000));
    }
}

TEST_F(PgRowsTest, TheNewestOfAllPartitionsComeFirst) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE TABLE \"in.c-shop\".orders (n int, x text) PARTITION BY HASH (n)");
    for (int i = 0; i < 3; ++i) {
        query(
            fmt::format("CREATE TABLE part{0} PARTITION OF \"in.c-shop\".orders"
                        " FOR VALUES WITH (MODULUS 3, REMAINDER {0})",
                        i));
    }
    for (int n = 1; n <= 9; ++n) {
        query(fmt::format("INSERT INTO \"in.c-shop\".orders VALUES ({}, 'x')", n));
    }
    EXPECT_THAT(numbers_in_pages(2, true), ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1));
}

TEST_F(PgRowsTest, APlaceIsOfOneOrder) {
    const auto other = spec({{.name = "id", .primary_key = true}}, "in.c-shop.keyed");
    make(plain());
    make(other);
    const auto code = [&](const TableSpec& table, const std::string& after, bool newest_first) {
        const auto read =
            target_.read_rows({.table = table.id, .after = after, .newest_first = newest_first});
        return read.ok() ? std::string_view("ok") : to_string(read.error().code());
    };
    EXPECT_EQ(code(plain(), "1-2-3", false), "ok");
    EXPECT_EQ(code(plain(), "d1-2-3", true), "ok");
    EXPECT_EQ(code(other, "w1-2-3-4", true), "ok");
    for (const auto* const after : {"1-2-3", "w1-2-3-4", "d1-2-65536", "d", "d1-2", "d01-2-3"}) {
        EXPECT_EQ(code(plain(), after, true), "invalid") << after;
    }
    for (const auto* const after :
         {"1-2-3", "d1-2-3", "w1-2-3", "w1-2-3-4294967296", "w1-2-3-4 "}) {
        EXPECT_EQ(code(other, after, true), "invalid") << after;
    }
    EXPECT_EQ(code(plain(), "d1-2-3", false), "invalid");
}

TEST_F(PgRowsTest, WhatJsonCannotSayIsText) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query(
        "CREATE TABLE \"in.c-shop\".orders (f float8, t timestamptz, n numeric, s int2,"
        " g int GENERATED ALWAYS AS (7) STORED, a int[])");
    query(
        "INSERT INTO \"in.c-shop\".orders VALUES ('NaN', 'infinity', 'NaN', 5, DEFAULT, '{1,2}')");
    const auto read = page({.table = plain().id, .after = {}});
    EXPECT_THAT(read.columns, ElementsAre("f", "t", "n", "s", "g", "a"));
    ASSERT_EQ(read.rows.size(), 1U);
    EXPECT_EQ(read.rows[0], (std::vector<TableCell>{"NaN", "infinity", "NaN", std::int64_t{5},
                                                    std::int64_t{7}, "{1,2}"}));
}

TEST_F(PgRowsTest, AViewIsNoTable) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE VIEW \"in.c-shop\".orders AS SELECT 1 AS n");
    EXPECT_EQ(target_.read_rows({.table = plain().id, .after = {}}).error().code(), Code::conflict);
}

}  // namespace
}  // namespace millrace::postgres
