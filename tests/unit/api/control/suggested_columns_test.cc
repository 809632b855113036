#include "api/control/suggested_columns.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "core/mapping/path.h"

namespace millrace::control {
namespace {

Suggestion suggest(std::string_view body, std::size_t columns_max = 100) {
    return suggest_columns(OrderedJson::parse(body), columns_max);
}

std::string text_of(const SuggestedColumn& suggested) {
    const auto& column = suggested.column;
    return column.name + "=" + column.path + ":" + std::string(to_string(column.data_type));
}

TEST(SuggestedColumnsTest, EachValueHasAColumnOfItsType) {
    const struct {
        const char* body;
        const char* column;
    } cases[] = {
        {R"({"id":17})", "id_2=id:INTEGER"},
        {R"({"total":1.5})", "total=total:DOUBLE"},
        {R"({"n":123456789012345678901234567890})", "n=n:DECIMAL"},
        {R"({"isPaid":true})", "is_paid=isPaid:BOOLEAN"},
        {R"({"name":"Eva"})", "name=name:STRING"},
        {R"({"zip":"01234"})", "zip=zip:STRING"},
        {R"({"day":"2026-01-31"})", "day=day:DATE"},
        {R"({"when":"2026-01-31T09:30:00Z"})", "when=when:TIMESTAMP"},
        {R"({"number":"12"})", "number=number:STRING"},
        {R"({"nothing":null})", "nothing=nothing:STRING"},
        {R"({"items":[1,2]})", "items=items:JSON"},
        {R"({"empty":{}})", "empty=empty:JSON"},
        {R"({"order":{"id":1}})", "order_id=order.id:INTEGER"},
        {R"({"a":{"b":{"c":{"d":1}}}})", "a_b_c=a.b.c:JSON"},
        {R"({"a.b":1})", R"(a_b=["a.b"]:INTEGER)"},
        {R"({"x":{"a[0]":1}})", R"(x_a_0=x["a[0]"]:INTEGER)"},
        {R"({"say \"hi\"":1})", R"(say_hi=["say \"hi\""]:INTEGER)"},
        {R"({"":1})", R"(field_=[""]:INTEGER)"},
        {R"({"2nd":1})", "field_2nd=2nd:INTEGER"},
        {R"({"sqlite_x":1})", "field_sqlite_x=sqlite_x:INTEGER"},
        {R"({"_millrace":1})", "field_millrace=_millrace:INTEGER"},
    };
    for (const auto& [body, column] : cases) {
        const auto suggestion = suggest(body);
        ASSERT_EQ(suggestion.columns.size(), 3U) << body;
        EXPECT_EQ(text_of(suggestion.columns[2]), column);
        EXPECT_TRUE(mapping::check_path(suggestion.columns[2].column.path).ok()) << column;
        EXPECT_EQ(suggestion.columns[2].column.default_value, "") << "a field may be missing";
    }
}

TEST(SuggestedColumnsTest, NamesAreUsedOnce) {
    const auto suggestion = suggest(R"({"a_b":1,"a":{"b":2,"B":3},"A.b":4,"id":5,"at":6})");
    std::set<std::string> names;
    for (const auto& suggested : suggestion.columns) names.insert(suggested.column.name);
    EXPECT_EQ(names.size(), suggestion.columns.size());
    EXPECT_EQ(suggestion.columns.size(), 8U);
}

TEST(SuggestedColumnsTest, ANumberKeepsItsDigits) {
    const struct {
        std::string number;
        DataType wanted;
    } rows[] = {{"9223372036854775807", DataType::integer},
                {"-9223372036854775808", DataType::integer},
                {"18446744073709551615", DataType::decimal},
                {"123456789012345678901234567890", DataType::decimal},
                {"-123456789012345678901234567890", DataType::decimal},
                {"1.5", DataType::float64},
                {"1e300", DataType::float64}};
    for (const auto& [number, wanted] : rows) {
        const auto suggestion = suggest("{\"n\":" + number + "}");
        ASSERT_EQ(suggestion.columns.size(), 3U) << number;
        EXPECT_EQ(suggestion.columns[2].column.data_type, wanted) << number;
    }
}

TEST(SuggestedColumnsTest, WhatIsNoObjectIsOneColumn) {
    for (const auto* const body : {"1", "\"text\"", "null", "{}", "[]"}) {
        const auto suggestion = suggest(body);
        ASSERT_EQ(suggestion.columns.size(), 3U) << body;
        EXPECT_EQ(suggestion.columns[2].column.type, ColumnType::body) << body;
    }
    EXPECT_EQ(suggest_whole_body().columns.size(), 3U);
}

TEST(SuggestedColumnsTest, FieldsAreListedWithTheirPaths) {
    const auto suggestion = suggest(R"({"order":{"id":17},"items":[{"sku":"x"}]})");
    std::string fields;
    for (const auto& field : suggestion.fields) fields += field.path + ":" + field.type + " ";
    EXPECT_EQ(fields,
              "order:object order.id:number items:array items[0]:object items[0].sku:string ");
    EXPECT_FALSE(suggestion.is_cut);
}

TEST(SuggestedColumnsTest, ALargeSampleIsCut) {
    auto body = OrderedJson::object();
    for (int i = 0; i < 1000; ++i) body["field" + std::to_string(i)] = std::string(1000, 'x');
    const auto suggestion = suggest_columns(body, 20);
    EXPECT_EQ(suggestion.columns.size(), 20U);
    EXPECT_EQ(suggestion.fields.size(), 500U);
    EXPECT_TRUE(suggestion.is_cut);
    EXPECT_LT(suggestion.fields[0].example.size(), 200U);
}

}  // namespace
}  // namespace millrace::control
