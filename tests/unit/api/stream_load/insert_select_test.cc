// Goal    a statement makes the mapping that it says, and what it cannot have is named.

#include "api/stream_load/insert_select.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "api/stream_load/sql_tokens.h"

namespace millrace::stream_load {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

InsertSelect parse(std::string_view sql) {
    auto statement = parse_insert_select(sql);
    EXPECT_TRUE(statement.ok()) << sql << ": " << statement.error().client_text();
    return statement.ok() ? std::move(statement).value() : InsertSelect();
}

DefinedTable table() {
    DefinedTable made;
    made.columns = {{.name = "a", .data_type = DataType::integer},
                    {.name = "b", .data_type = DataType::string},
                    {.name = "c1", .data_type = DataType::integer}};
    return made;
}

struct Applied {
    Result<void> result;
    bulk::BulkFormat format;
    bulk::BulkMapping mapping;
};

Applied apply_to_table(std::string_view sql, bulk::BulkFormat format = bulk::CsvFormat()) {
    Applied applied{.result = {}, .format = std::move(format), .mapping = {}};
    applied.result = apply(parse(sql), table(), applied.format, applied.mapping);
    return applied;
}

// "c1, c2, a=c1"
std::string columns_of(const Applied& applied) {
    std::string text;
    for (const auto& column : applied.mapping.columns) {
        if (!text.empty()) text += ", ";
        text += column.name;
        if (column.expression) text += "=" + *column.expression;
    }
    return text;
}

TEST(InsertSelectTest, AStatementHasAllItsParts) {
    const auto statement = parse(
        "insert INTO internal.db.`my t` WITH LABEL l_1 (a, `b`)\n"
        "select c1 + 1 AS x, upper(c2) from http_stream(\"format\" = \"csv\",\n"
        "  'column_separator'='\\\\x01', \"enclose\"=\"\\\"\") s where c1 > 3 and c2 != 'x, "
        "from;';");
    EXPECT_EQ(statement.database, "db");
    EXPECT_EQ(statement.table, "my t");
    EXPECT_EQ(statement.label, "l_1");
    EXPECT_THAT(statement.targets, ElementsAre("a", "b"));
    EXPECT_THAT(statement.expressions, ElementsAre("c1 + 1", "upper(c2)"));
    EXPECT_EQ(statement.where, "c1 > 3 and c2 != 'x, from;'");
    EXPECT_THAT(statement.names, ElementsAre("c1", "c2"));
    ASSERT_EQ(statement.properties.size(), 3U);
    EXPECT_EQ(statement.properties[0].name, "format");
    EXPECT_EQ(statement.properties[1].value, "\\x01");
    EXPECT_EQ(statement.properties[2].value, "\"");
}

TEST(InsertSelectTest, AllColumnsAndNoPropertiesAreAStatement) {
    const auto statement = parse("INSERT INTO db.t SELECT * FROM HTTP_STREAM()");
    EXPECT_THAT(statement.targets, IsEmpty());
    EXPECT_THAT(statement.expressions, IsEmpty());
    EXPECT_THAT(statement.properties, IsEmpty());
    EXPECT_EQ(statement.where, "");
}

TEST(InsertSelectTest, NamesOfTheBodyAreNoFunctionsTypesOrWords) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> table = {
        {"cast(price as int)", {"price"}},
        {"case when x is null then 'y' else `left` end", {"x", "left"}},
        {"left(name, 3)", {"name"}},
        {"a + A", {"a"}},
        {"not b and c in ('d', 1.5)", {"b", "c"}},
        {"json_extract(doc, '$.a')", {"doc"}},
    };
    for (const auto& [expression, names] : table) {
        const auto statement =
            parse("insert into db.t (a) select " + expression + " from http_stream()");
        EXPECT_EQ(statement.names, names) << expression;
        EXPECT_THAT(statement.expressions, ElementsAre(expression));
    }
}

TEST(InsertSelectTest, WhatIsNotThereIsNamed) {
    const std::string stream = " from http_stream(\"format\"=\"csv\")";
    const std::vector<std::pair<std::string, std::string>> table = {
        {"", "INSERT is expected near 'the end'"},
        {"update t set a = 1", "INSERT is expected near 'update t set a = 1'"},
        {"insert overwrite db.t select c1" + stream, "OVERWRITE is not there"},
        {"insert into t select c1" + stream, "No database selected."},
        {"insert into a.b.c.d select c1" + stream, "SELECT is expected near '.d"},
        {"insert into db.t partition (p) select c1" + stream, "PARTITION is not there"},
        {"insert into db.t values (1)", "VALUES is not there"},
        {"insert into db.t () select c1" + stream, "the name of a column is expected"},
        {"insert into db.t select distinct c1" + stream, "DISTINCT is not there"},
        {"insert into db.t select" + stream, "an expression is expected"},
        {"insert into db.t select c1," + stream, "an expression is expected"},
        {"insert into db.t select f(c1" + stream, ") is expected"},
        {"insert into db.t select c1)" + stream, "an expression is expected"},
        {"insert into db.t select (select 1)" + stream, "a query within the statement"},
        {"insert into db.t select 'c1" + stream, "a quote is not closed"},
        {"insert into db.t select c1", "FROM is expected"},
        {"insert into db.t select c1 from other", "http_stream is expected near 'other'"},
        {"insert into db.t select c1 from s3(\"uri\"=\"x\")", "http_stream is expected"},
        {"insert into db.t select c1 from http_stream(\"format\")", "= is expected"},
        {"insert into db.t select c1 from http_stream(\"format\"=)", "a value is expected"},
        {"insert into db.t select c1 from http_stream(\"format\"=\"csv\"", ", is expected"},
        {"insert into db.t select c1" + stream + " group by c1", "group is not there"},
        {"insert into db.t select c1" + stream + " where c1 > 1 limit 3", "limit is not there"},
        {"insert into db.t select c1" + stream + " join u", "join is not there"},
        {"insert into db.t select c1" + stream + ", u", "a second table is not there"},
        {"insert into db.t select c1" + stream + " where", "a condition is expected"},
        {"insert into db.t select c1" + stream + "; drop table t", "the end is expected"},
    };
    for (const auto& [sql, text] : table) {
        const auto statement = parse_insert_select(sql);
        ASSERT_FALSE(statement.ok()) << sql;
        EXPECT_THAT(statement.error().client_text(), HasSubstr(text)) << sql;
    }
}

TEST(InsertSelectTest, ColumnsOfCsvAreNumbered) {
    const auto some =
        apply_to_table("insert into db.t (b, a) select c4, c2 + 1 from http_stream()");
    EXPECT_EQ(columns_of(some), "c1, c2, c3, c4, b=c4, a=c2 + 1");
    EXPECT_TRUE(std::get<bulk::CsvFormat>(some.format).may_have_more);
    EXPECT_FALSE(some.mapping.sets_by_name);

    const auto all = apply_to_table("insert into db.t select * from http_stream()");
    EXPECT_EQ(columns_of(all), "c1, c2, c3, a=c1, b=c2, c1=c3");
    EXPECT_FALSE(std::get<bulk::CsvFormat>(all.format).may_have_more);

    const auto constant = apply_to_table("insert into db.t (b) select 'x' from http_stream()");
    EXPECT_EQ(columns_of(constant), "c1, b='x'");

    const auto chosen =
        apply_to_table("insert into db.t (a) select c1 from http_stream() where c3 > 2");
    EXPECT_EQ(columns_of(chosen), "c1, c2, c3, a=c1");
    EXPECT_EQ(chosen.mapping.where, "c3 > 2");
}

TEST(InsertSelectTest, ColumnsOfJsonAreKeys) {
    const auto some = apply_to_table(
        "insert into db.t (a, b) select id, `full name` from http_stream()", bulk::JsonFormat());
    EXPECT_EQ(columns_of(some), "id, full name, a=id, b=`full name`");
    const auto all =
        apply_to_table("insert into db.t select * from http_stream()", bulk::JsonFormat());
    ASSERT_FALSE(all.result.ok());
    EXPECT_THAT(all.result.error().client_text(), HasSubstr("name the keys"));
}

TEST(InsertSelectTest, ColumnsOfParquetAreItsNames) {
    const auto some = apply_to_table(
        "insert into db.t (a, b) select id, `full name` from http_stream()", bulk::ParquetFormat());
    EXPECT_EQ(columns_of(some), "id, full name, a=id, b=`full name`");
    const auto all =
        apply_to_table("insert into db.t select * from http_stream()", bulk::ParquetFormat());
    EXPECT_FALSE(all.result.ok());
}

TEST(InsertSelectTest, ColumnsAndExpressionsAreOfOneNumber) {
    for (const auto* const sql : {"insert into db.t select c1, c2 from http_stream()",
                                  "insert into db.t (a) select c1, c2 from http_stream()"}) {
        const auto applied = apply_to_table(sql);
        ASSERT_FALSE(applied.result.ok());
        EXPECT_THAT(applied.result.error().client_text(),
                    HasSubstr("insert into cols should be corresponding to the query output"));
    }
    const auto unknown = apply_to_table("insert into db.t (z) select c1 from http_stream()");
    ASSERT_FALSE(unknown.result.ok());
    EXPECT_THAT(unknown.result.error().client_text(), HasSubstr("Unknown column 'z' in 't'"));
    const auto far = apply_to_table("insert into db.t (a) select c1001 from http_stream()");
    ASSERT_FALSE(far.result.ok());
    EXPECT_THAT(far.result.error().client_text(), HasSubstr("c1001"));
}

TEST(InsertSelectTest, AStatementHasAtMostAThousandColumnsAndNames) {
    std::string many = "x0";
    for (int i = 1; i < 1001; ++i) many += ", x" + std::to_string(i);
    for (const auto& sql : {"insert into db.t (" + many + ") select c1 from http_stream()",
                            "insert into db.t select " + many + " from http_stream()",
                            "insert into db.t select f(" + many + ") from http_stream()"}) {
        const auto statement = parse_insert_select(sql);
        ASSERT_FALSE(statement.ok());
        EXPECT_THAT(statement.error().client_text(), HasSubstr("at most 1000"));
    }
}

TEST(InsertSelectTest, WordsAreSplitAsSqlSplitsThem) {
    const auto tokens = sql_tokens("a1 `b``c` 'd''e\\'\\n' 2.5e3<=x").value();
    std::vector<std::string> values;
    for (const auto& token : tokens) values.push_back(token.value);
    EXPECT_THAT(values, ElementsAre("a1", "b`c", "d'e'\\n", "2.5e3", "<", "=", "x", ""));
    EXPECT_EQ(tokens[1].kind, SqlToken::Kind::name);
    EXPECT_EQ(tokens[2].kind, SqlToken::Kind::text);
    EXPECT_EQ(tokens[3].kind, SqlToken::Kind::number);
    EXPECT_FALSE(sql_tokens("`a").ok());
}

}  // namespace
}  // namespace millrace::stream_load
