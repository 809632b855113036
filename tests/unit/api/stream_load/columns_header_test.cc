#include "api/stream_load/columns_header.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::stream_load {
namespace {

using Columns = std::vector<bulk::BulkColumn>;

TEST(ColumnsHeaderTest, CommasOfExpressionsDoNotEndThem) {
    struct Case {
        std::string text;
        Columns wanted;
    };
    for (const auto& [text, wanted] : std::vector<Case>{
             {.text = "user_id,name, age", .wanted = {{"user_id", {}}, {"name", {}}, {"age", {}}}},
             {.text = "`id`,`a,b`,`q``q`", .wanted = {{"id", {}}, {"a,b", {}}, {"q`q", {}}}},
             {.text = "col,k1=year(col),k6='a,b'",
             .wanted = {{"col", {}}, {"k1", "year(col)"}, {"k6", "'a,b'"}}},
             {.text = "c = if(a = 1, f(b, ')'), \"it\\\"s, \")",
             .wanted = {{"c", "if(a = 1, f(b, ')'), \"it\\\"s, \")"}}},
             {.text = "k = 'it''s, so'", .wanted = {{"k", "'it''s, so'"}}},
             {.text = "k11=FROM_UNIXTIME(2019,'%Y-%m-%dT%H:%i:%s')",
             .wanted = {{"k11", "FROM_UNIXTIME(2019,'%Y-%m-%dT%H:%i:%s')"}}},
         }) {
        const auto parsed = parse_columns(text);
        ASSERT_TRUE(parsed.ok()) << text;
        EXPECT_EQ(parsed.value(), wanted) << text;
    }
}

TEST(ColumnsHeaderTest, WhatIsNoListOfColumnsIsRefused) {
    std::string many = "c";
    for (std::size_t i = 0; i < kColumnsMax; ++i) many += ",c";
    for (const auto& text :
         {std::string("a,"), std::string(","), std::string("a,,b"), std::string("a=f(b"),
          std::string("a=f)b"), std::string("a='b"), std::string("`a"), std::string("``"),
          std::string("a b"), std::string("a="), std::string("=1"), std::string("`a`b"), many}) {
        const auto parsed = parse_columns(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_TRUE(parsed.error().client_text().starts_with("[ANALYSIS_ERROR]")) << text;
    }
}

}  // namespace
}  // namespace millrace::stream_load
