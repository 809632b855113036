#include "api/cli/table_column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

TEST(TableColumnTest, SaysNameTypeAndKey) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"sku", R"({"name":"sku"})"},
        {"sku:key", R"({"name":"sku","primaryKey":true})"},
        {"n:INTEGER", R"({"name":"n","dataType":"INTEGER"})"},
        {"n:INTEGER:required", R"({"name":"n","dataType":"INTEGER","nullable":false})"},
        {"a:b", R"({"name":"a:b"})"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto column = parse_table_column(text);
        ASSERT_TRUE(column.ok()) << column.error().client_text();
        EXPECT_EQ(column.value().dump(), wanted);
        EXPECT_EQ(table_column_text(column.value()), text);
    }
}

TEST(TableColumnTest, AMistakeIsNamed) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "there is no name"},
        {":key", "there is no name"},
        {"n:INTEGR", "INTEGR is no type"},
        {"n:INTEGER:STRING", "two types"},
        {"n:integer", "did you mean INTEGER? A name that ends so"},
        {"n:keys", "did you mean key?"},
    };
    for (const auto& [text, wanted] : cases) {
        SCOPED_TRACE(text);
        const auto column = parse_table_column(text);
        ASSERT_FALSE(column.ok());
        EXPECT_THAT(column.error().client_text(), HasSubstr(wanted));
    }
}

TEST(TableColumnTest, ALineIsTheSameForWhatMeansTheSame) {
    const auto line = [](const char* json) { return table_column_line(*parse_json(json)); };
    EXPECT_EQ(line(R"({"name": "a", "nullable": null, "dataType": null})"), "a");
    EXPECT_EQ(line(R"({"name": "a:INTEGER", "dataType": "STRING"})"),
              line(R"({"dataType": "STRING", "name": "a:INTEGER", "primaryKey": false})"));
}

TEST(TableColumnTest, AnAnswerHasAText) {
    EXPECT_EQ(table_column_text(*parse_json(
                  R"({"name":"sku","dataType":"STRING","primaryKey":true,"nullable":false})")),
              "sku:key");
    EXPECT_EQ(table_column_text(*parse_json(
                  R"({"name":"n:key","dataType":"STRING","primaryKey":false,"nullable":true})")),
              std::nullopt);
}

}  // namespace
}  // namespace millrace::cli
