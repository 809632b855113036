#include "api/cli/column_argument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using testing::HasSubstr;

TEST(ColumnArgumentTest, SaysNamePathTypeAndKey) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"id=order.id",
         R"({"type":"path","name":"id","path":"order.id","rawString":true,"defaultValue":""})"},
        {"id=order.id:INTEGER:key",
         R"({"type":"path","name":"id","primaryKey":true,"dataType":"INTEGER","path":"order.id","rawString":true})"},
        {"id=order.id:key:INTEGER",
         R"({"type":"path","name":"id","primaryKey":true,"dataType":"INTEGER","path":"order.id","rawString":true})"},
        {"id=order.id:required",
         R"({"type":"path","name":"id","path":"order.id","rawString":true})"},
        {"o=order:JSON",
         R"({"type":"path","name":"o","dataType":"JSON","path":"order","defaultValue":""})"},
        {"at=@datetime", R"({"type":"datetime","name":"at"})"},
        {"at=@datetime:TIMESTAMP", R"({"type":"datetime","name":"at","dataType":"TIMESTAMP"})"},
        {"id=@uuid:key", R"({"type":"uuid","name":"id","primaryKey":true})"},
        {"a=@ip", R"({"type":"ip","name":"a"})"},
        {"b=@body", R"({"type":"body","name":"b"})"},
        {"h=@headers", R"({"type":"headers","name":"h"})"},
        {"a=b=c", R"({"type":"path","name":"a","path":"b=c","rawString":true,"defaultValue":""})"},
    };
    for (const auto& [argument, wanted] : cases) {
        SCOPED_TRACE(argument);
        const auto column = parse_column(argument);
        ASSERT_TRUE(column.ok()) << column.error().client_text();
        EXPECT_EQ(column.value().dump(), wanted);
    }
}

TEST(ColumnArgumentTest, APathMayHaveColons) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"u=links.self:href", "links.self:href"},
        {"u=dc:title:STRING", "dc:title"},
        {"u=a:b:c:INTEGER:key", "a:b:c"},
        {R"(u=a["x:KEY"])", R"(a["x:KEY"])"},
        {R"(u=a["x:key"]:key)", R"(a["x:key"])"},
        {"u=a:x:key", "a:x"},
        {"u=:key:x", ":key:x"},
        {"u=x:", "x:"},
        {"u=dc:titles", "dc:titles"},
        {R"(u=["dc:date"])", R"(["dc:date"])"},
        {R"(u=["id:integer:Key"]:INTEGER)", R"(["id:integer:Key"])"},
    };
    for (const auto& [argument, path] : cases) {
        SCOPED_TRACE(argument);
        const auto column = parse_column(argument);
        ASSERT_TRUE(column.ok()) << column.error().client_text();
        EXPECT_EQ(column.value().value("path", ""), path);
    }
}

TEST(ColumnArgumentTest, WhatIsNoColumnIsRefusedWithTheReason) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"id", "there is no \"=\""},
        {"=order.id", "no name before"},
        {"id=", "there is no path"},
        {"id=:key", "there is no path"},
        {"id=a:INTEGR", "INTEGR is no type, which are STRING, INTEGER"},
        {"id=a:INTEGR", "did you mean INTEGER?"},
        {"id=a:INTEGER:STRING", "two types"},
        {"id=id:integer:Key",
         "Key behind the colon is no type, nor key or required; did you mean "
         "key? A path that ends so has its last key in brackets"},
        {"id=id:integer:key", "did you mean INTEGER?"},
        {"id=id:Required", "did you mean required?"},
        {"id=id:requird", "did you mean required?"},
        {"id=id:kye", "did you mean key?"},
        {"id=id:Sting", "did you mean STRING?"},
        {"at=@date", "@date is nothing of an event"},
        {"at=@datetime:required", "only a path"},
    };
    for (const auto& [argument, reason] : cases) {
        SCOPED_TRACE(argument);
        const auto column = parse_column(argument);
        ASSERT_FALSE(column.ok());
        EXPECT_EQ(column.error().code(), Code::invalid);
        EXPECT_THAT(column.error().client_text(), HasSubstr(reason));
        EXPECT_THAT(column.error().client_text(), testing::Not(HasSubstr("?.")));
    }
}

TEST(ColumnArgumentTest, AColumnIsTheArgumentThatMakesIt) {
    for (const auto* argument :
         {"id=order.id", "id=order.id:INTEGER:key", "id=order.id:required", "o=order:JSON",
          "at=@datetime:TIMESTAMP", "id=@uuid:key", "b=@body", "a=b=c", "url=links.self:href"}) {
        SCOPED_TRACE(argument);
        const auto column = parse_column(argument);
        ASSERT_TRUE(column.ok());
        EXPECT_EQ(column_text(column.value()), argument);
    }
}

// Goal    what a file has of a column by another word of the API is no change each time.
TEST(ColumnArgumentTest, AnAliasOrANullIsTheSameColumn) {
    EXPECT_EQ(column_text(*parse_json(R"({"type": "id", "name": "a", "primaryKey": null})")),
              "a=@uuid");
    EXPECT_EQ(column_text(
                  *parse_json(R"({"type": "json", "name": "a", "path": "x", "rawString": true})")),
              "a=x:required");
}

TEST(ColumnArgumentTest, AColumnThatNoArgumentMakesHasNone) {
    for (const auto* json :
         {R"({"type":"path","name":"a","path":"a","defaultValue":"none","rawString":true})",
          R"({"type":"path","name":"a","path":"a","defaultValue":""})",
          R"({"type":"path","name":"a=b","path":"c","rawString":true,"defaultValue":""})",
          R"({"type":"path","name":"a","path":"@b","rawString":true,"defaultValue":""})",
          R"({"type":"header","name":"a","header":"X"})",
          R"({"type":"datetime","name":"a","dataType":{"type":"TIMESTAMP","from":"epoch-s"}})"}) {
        EXPECT_FALSE(column_text(*parse_json(json))) << json;
    }
}

TEST(ColumnArgumentTest, WhatIsTheDefaultMakesNoOtherColumn) {
    const auto answer = *parse_json(R"({"type":"path","name":"a","path":"a"})");
    EXPECT_TRUE(is_same_column(
        *parse_json(
            R"({"name":"a","type":"json","dataType":"STRING","primaryKey":false,"path":"a","defaultValue":null})"),
        answer));
    EXPECT_FALSE(is_same_column(*parse_json(R"({"name":"a","type":"path","path":"b"})"), answer));
}

}  // namespace
}  // namespace millrace::cli
