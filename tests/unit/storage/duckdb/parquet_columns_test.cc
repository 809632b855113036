#include "storage/duckdb/parquet_columns.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::duckdb {
namespace {

std::string expression(const std::string& type, bool keeps_json = false) {
    return select_columns({{"c", type}}, {{"c", keeps_json}}).expressions.front();
}

TEST(ParquetColumnsTest, EachTypeBecomesTheTextThatCsvHas) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"VARCHAR", "\"c\""},
        {"BLOB", "\"c\""},
        {"BIGINT", "CAST(\"c\" AS VARCHAR)"},
        {"DECIMAL(12,2)", "CAST(\"c\" AS VARCHAR)"},
        {"DECIMAL(9,9)", R"(regexp_replace(CAST("c" AS VARCHAR), '^(-?)[.]', '\10.'))"},
        {"DATE", "CAST(\"c\" AS VARCHAR)"},
        {"BOOLEAN", "CAST(CAST(\"c\" AS TINYINT) AS VARCHAR)"},
        {"TIMESTAMP_NS", "CAST(CAST(\"c\" AS TIMESTAMP) AS VARCHAR)"},
        {"TIMESTAMP WITH TIME ZONE",
         "strftime(make_timestamp(epoch_us(\"c\")), '%Y-%m-%d %H:%M:%S.%fZ')"},
        {"INTEGER[]", "CAST(to_json(\"c\") AS VARCHAR)"},
        {"DECIMAL(12,2)[]", "CAST(to_json(CAST(\"c\" AS VARCHAR[])) AS VARCHAR)"},
        {"MAP(VARCHAR, BLOB)", "CAST(to_json(CAST(\"c\" AS MAP(VARCHAR, VARCHAR))) AS VARCHAR)"},
    };
    for (const auto& [type, wanted] : table) EXPECT_EQ(expression(type), wanted) << type;
    EXPECT_EQ(expression("BOOLEAN", true), "CAST(\"c\" AS VARCHAR)");
}

TEST(ParquetColumnsTest, OnlyTypesWithinANestedTypeAreReplaced) {
    const std::vector<std::pair<std::string, std::string>> table = {
        {"STRUCT(a DECIMAL(4,1), b TIMESTAMP WITH TIME ZONE)", "STRUCT(a VARCHAR, b VARCHAR)"},
        {"STRUCT(BLOB BLOB, DECIMAL DECIMAL(4,1)[])", "STRUCT(BLOB VARCHAR, DECIMAL VARCHAR[])"},
        {"STRUCT(\"BLOB\" INTEGER, \"a \"\"DECIMAL(4,1)\" BLOB)",
         "STRUCT(\"BLOB\" INTEGER, \"a \"\"DECIMAL(4,1)\" VARCHAR)"},
        {"STRUCT(x STRUCT(MY_BLOB TIME WITH TIME ZONE))", "STRUCT(x STRUCT(MY_BLOB VARCHAR))"},
    };
    for (const auto& [type, wanted] : table) {
        EXPECT_EQ(expression(type), "CAST(to_json(CAST(\"c\" AS " + wanted + ")) AS VARCHAR)");
    }
}

TEST(ParquetColumnsTest, FieldsAreFoundByNameWithoutRegardToCase) {
    const auto selected = select_columns({{"Other", "INTEGER"}, {"ID", "VARCHAR"}, {"B", "BLOB"}},
                                         {{"id"}, {"missing"}, {"b"}});
    EXPECT_EQ(selected.expressions, (std::vector<std::string>{"\"ID\"", "\"B\""}));
    EXPECT_EQ(selected.places, (std::vector<std::optional<std::size_t>>{0U, std::nullopt, 1U}));
    EXPECT_EQ(selected.binary, std::vector<std::size_t>{2U});
    EXPECT_TRUE(select_columns({{"a", "INTEGER"}}, {{"b"}}).expressions.empty());
}

TEST(ParquetColumnsTest, ALongDecimalIsOfTheColumnItIsIn) {
    const std::vector<DescribedColumn> columns = {
        {"a", "STRUCT(x INTEGER, y STRUCT(z DOUBLE))"}, {"b", "DECIMAL(38,2)"}, {"c", "DOUBLE"}};
    const std::vector<SchemaElement> schema = {{"schema", 3, 0}, {"a", 2, 0},  {"x", 0, 0},
                                               {"y", 1, 0},      {"z", 0, 39}, {"b", 0, 38},
                                               {"c", 0, 76}};
    EXPECT_FALSE(check_decimals(columns, schema, {{"b"}, {"a"}}).ok());
    EXPECT_FALSE(check_decimals(columns, schema, {{"C"}}).ok());
    EXPECT_TRUE(check_decimals(columns, schema, {{"b"}, {"missing"}}).ok());
    EXPECT_TRUE(
        check_decimals(columns, {{"schema", ~0ULL, 0}, {"a", ~0ULL, 0}}, {{"a"}, {"c"}}).ok());
}

TEST(ParquetColumnsTest, ANameCannotEndItsQuotes) {
    EXPECT_EQ(quoted_name("a\"; DROP \"b"), "\"a\"\"; DROP \"\"b\"");
    EXPECT_EQ(quoted_name(""), "\"\"");
}

}  // namespace
}  // namespace millrace::duckdb
