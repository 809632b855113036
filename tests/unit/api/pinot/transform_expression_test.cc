#include "api/pinot/transform_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::pinot {
namespace {

using testing::ElementsAre;

TEST(TransformExpressionTest, ReadsCallsColumnsAndLiterals) {
    const auto read = parse_transform("concat(upper(first_name), 'it''s', \"last name\", -1.5)");
    ASSERT_TRUE(read.ok()) << read.error().client_text();
    const auto& call = read.value();
    EXPECT_EQ(call.value, "concat");
    ASSERT_EQ(call.arguments.size(), 4U);
    EXPECT_EQ(call.arguments[1].value, "it's");
    EXPECT_EQ(call.arguments[1].kind, TransformExpression::Kind::text);
    EXPECT_EQ(call.arguments[2].kind, TransformExpression::Kind::column);
    EXPECT_EQ(call.arguments[3].kind, TransformExpression::Kind::number);
    EXPECT_THAT(columns_of(call), ElementsAre("first_name", "last name"));
}

TEST(TransformExpressionTest, RefusesWhatIsNone) {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "f(";
    for (const auto& text : {std::string(), std::string("f("), std::string("f(a"),
                             std::string("f(a,)"), std::string("f(a) b"), std::string("'a"),
                             std::string("-"), std::string("1."), std::string("a + b"), deep}) {
        EXPECT_FALSE(parse_transform(text).ok()) << text;
    }
}

}  // namespace
}  // namespace millrace::pinot
