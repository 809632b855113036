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

// "f(a, 'b')"
std::string shown(const TransformExpression& expression) {
    using Kind = TransformExpression::Kind;
    if (expression.kind == Kind::text) return "'" + expression.value + "'";
    if (expression.kind != Kind::call) return expression.value;
    std::string text = expression.value + "(";
    for (const auto& argument : expression.arguments) {
        text += (text.ends_with('(') ? "" : ", ") + shown(argument);
    }
    return text + ")";
}

TEST(TransformExpressionTest, OperatorsAreCallsAsTightAsInSql) {
    const std::pair<const char*, const char*> cases[] = {
        {"a = 1", "equals(a, 1)"},
        {"a<=-1", "lessthanorequal(a, -1)"},
        {"a <> 'x'", "notequals(a, 'x')"},
        {"a or b AND not c", "or(a, and(b, not(c)))"},
        {"(a or b) and c", "and(or(a, b), c)"},
        {"a - 1 * 2 - -3 > b / 4", "greaterthan(minus(minus(a, times(1, 2)), -3), divide(b, 4))"},
        {"a in (1, 'x') and b not in (2)", "and(in(a, 1, 'x'), not(in(b, 2)))"},
        {"a between 1 and 2 and b", "and(between(a, 1, 2), b)"},
        {"a not between 1 and 2", "not(between(a, 1, 2))"},
        {"a Is Not Null or b is null", "or(isnotnull(a), isnull(b))"},
        {"lower(a) like 'x%'", "like(lower(a), 'x%')"},
        {"not(a)", "not(a)"},
        {"notable = 1", "equals(notable, 1)"},
        {"\"and\" = 1", "equals(and, 1)"},
        {"toEpochDays(ts) + 1", "plus(toEpochDays(ts), 1)"},
    };
    for (const auto& [text, wanted] : cases) {
        const auto read = parse_transform(text);
        ASSERT_TRUE(read.ok()) << text << ": " << read.error().client_text();
        EXPECT_EQ(shown(read.value()), wanted) << text;
    }
}

TEST(TransformExpressionTest, RefusesWhatIsNone) {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += "f(";
    for (const auto& text :
         {std::string(), std::string("f("), std::string("f(a"), std::string("f(a,)"),
          std::string("f(a) b"), std::string("'a"), std::string("-"), std::string("1."),
          std::string("a +"), std::string("a = "), std::string("(a"), std::string("a in b"),
          std::string("a is b"), std::string("a not b"), std::string("a between 1"),
          std::string(1'000, '('), deep, std::string("a ! b"), std::string("a = b = c")}) {
        EXPECT_FALSE(parse_transform(text).ok()) << text;
    }
}

}  // namespace
}  // namespace millrace::pinot
