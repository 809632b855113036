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
    std::vector<std::int64_t> numbers_in_pages(std::size_t rows_max) {
        std::vector<std::int64_t> numbers;
        RowsQuery wanted{.table = plain().id, .after = {}, .rows_max = rows_max};
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
