#include "storage/target/postgres/pg_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::postgres {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TableSpec kOrders{.id = TableId::parse("in.c-shop.orders").value(),
                        .columns = {{.name = "id", .primary_key = true},
                                    {.name = "price", .data_type = DataType::decimal}}};

std::vector<FoundColumn> as_made() {
    return {{.name = "id", .type = "text", .primary_key = true, .not_null = true},
            {.name = "price", .type = "numeric"}};
}

TEST(TableTest, ATableIsMadeWithItsTypesAndKey) {
    EXPECT_EQ(create_table_sql(kOrders),
              "CREATE TABLE \"in.c-shop\".\"orders\" (\"id\" text, \"price\" numeric, PRIMARY KEY "
              "(\"id\"))");
}

TEST(TableTest, OrderAndFurtherColumnsDoNotMatter) {
    auto found = as_made();
    std::swap(found[0], found[1]);
    found.push_back({.name = "note", .type = "text"});
    found.push_back({.name = "at", .type = "date", .not_null = true, .has_default = true});
    EXPECT_THAT(differences(kOrders, found), IsEmpty());
}

TEST(TableTest, EachColumnThatDiffersIsNamed) {
    auto found = as_made();
    found[1].type = "integer";
    found.push_back({.name = "note", .type = "text", .not_null = true});
    EXPECT_THAT(
        differences(kOrders, found),
        ElementsAre("the column \"price\" has the type integer, expected numeric for the "
                    "dataType DECIMAL",
                    "the column \"note\", which the sink does not have, is NOT NULL without "
                    "a default"));
    found = as_made();
    found[1].is_generated = true;
    EXPECT_THAT(differences(kOrders, found),
                ElementsAre("the column \"price\" is generated, and cannot be set"));
    found.pop_back();
    EXPECT_THAT(differences(kOrders, found),
                ElementsAre("the column \"price\" (numeric) is missing"));
}

TEST(TableTest, TheKeyMustBeTheSame) {
    auto found = as_made();
    found[1].primary_key = true;
    EXPECT_THAT(differences(kOrders, found),
                ElementsAre("the primary key is \"id\", \"price\", expected \"id\""));
    found[0].primary_key = found[1].primary_key = false;
    EXPECT_THAT(differences(kOrders, found),
                ElementsAre("the primary key is no columns, expected \"id\""));
}

TEST(TableTest, ATableToWhichRowsAreAddedMayCountThem) {
    auto plain = kOrders;
    plain.columns[0].primary_key = false;
    auto found = as_made();
    found[0].primary_key = false;
    found.push_back({.name = "number",
                     .type = "bigint",
                     .primary_key = true,
                     .not_null = true,
                     .has_default = true});
    EXPECT_THAT(differences(plain, found), IsEmpty());
    found[0].primary_key = true;
    EXPECT_EQ(differences(plain, found).size(), 1U) << "a row that repeats would be refused";
}

}  // namespace
}  // namespace millrace::postgres
