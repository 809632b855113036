#include "storage/target/postgres/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/target/postgres/pg_table.h"

namespace millrace::postgres {
namespace {

using testing::HasSubstr;

TableId table(const std::string& text) {
    return TableId::parse(text).value();
}

TEST(NamesTest, NamesAreQuoted) {
    EXPECT_EQ(quoted_name("id"), "\"id\"");
    EXPECT_EQ(quoted_name("a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
    EXPECT_EQ(qualified(table("in.c-shop.orders")), "\"in.c-shop\".\"orders\"");
}

TEST(NamesTest, WhatPostgresWouldCutIsRefused) {
    const std::string longest(63, 'a');
    EXPECT_TRUE(check_table_name(table("in.c-shop." + longest)).ok());
    const auto too_long = check_table_name(table("in.c-shop." + longest + "a"));
    EXPECT_EQ(too_long.error().code(), Code::invalid);
    EXPECT_THAT(too_long.error().client_text(), HasSubstr("64 bytes"));
    EXPECT_TRUE(check_table_name(table("in.c-" + std::string(58, 'b') + ".t")).ok());
    EXPECT_EQ(check_table_name(table("in.c-" + std::string(59, 'b') + ".t")).error().code(),
              Code::invalid);
}

TEST(NamesTest, ColumnsAreCheckedByBytes) {
    const auto check = [](const std::string& column) {
        return check_names({.id = table("in.c-shop.t"), .columns = {{.name = column}}}).ok();
    };
    EXPECT_TRUE(check("\"; DROP TABLE x; --"));
    EXPECT_TRUE(check(std::string(63, 'a')));
    std::string accents;
    for (int i = 0; i < 32; ++i) accents += "\xc3\xa9";
    EXPECT_FALSE(check(accents)) << "64 bytes in 32 letters";
    EXPECT_FALSE(check(std::string("a\0b", 3)));
    EXPECT_FALSE(check("_millrace_row"));
    EXPECT_FALSE(check("ctid"));
    EXPECT_FALSE(check(""));
}

TEST(NamesTest, TombstonesOfLongNamesDiffer) {
    EXPECT_EQ(tombstones_of(table("in.c-shop.orders")), "_millrace_tombstones_orders");
    const std::string begin(60, 'a');
    const auto one = tombstones_of(table("in.c-shop." + begin + "1"));
    const auto other = tombstones_of(table("in.c-shop." + begin + "2"));
    EXPECT_EQ(one.size(), 63U);
    EXPECT_NE(one, other);
    EXPECT_EQ(tombstones_of(table("in.c-shop." + std::string(42, 'a'))).size(), 63U);
}

}  // namespace
}  // namespace millrace::postgres
