// Goal    a statement of a PureConnection computes, and does nothing else, whatever its text is.
// Method  prepare what SQLite could do with a connection, and run functions against the limits.

#include "storage/sqlite/pure_connection.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::sqlite {
namespace {

void repeat(const Arguments& in, FunctionResult& out, void* /*context*/) {
    std::string text;
    for (std::int64_t i = 0; i < in.integer(1); ++i) text += in.text(0);
    out.set(text);
}

void refuse(const Arguments& in, FunctionResult& out, void* context) {
    ++*static_cast<int*>(context);
    out.fail("no " + std::string(in.text(0)));
}

class PureConnectionTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(connection_.ok());
        ASSERT_TRUE(
            connection().define({.name = "d_repeat", .arguments = 2, .function = repeat}).ok());
        ASSERT_TRUE(
            connection()
                .define(
                    {.name = "d_refuse", .arguments = 1, .function = refuse, .context = &calls_})
                .ok());
        connection().allow("coalesce");
    }

    PureConnection& connection() { return connection_.value(); }

    // The value, or the error with its code.
    std::string run(const std::string& sql) {
        auto statement = connection().prepare(sql);
        if (!statement.ok()) return "not prepared";
        budget_.begin();
        const auto evaluated = connection().evaluate(statement.value());
        if (!evaluated.ok()) {
            return std::string(to_string(evaluated.error().code())) + ": " +
                   evaluated.error().client_text();
        }
        return Row(statement.value()).text();
    }

    StepBudget budget_{10'000};
    int calls_ = 0;
    Result<PureConnection> connection_ = PureConnection::open({.value_bytes_max = 1'000}, budget_);
};

TEST_F(PureConnectionTest, ComputesWithWhatWasDefined) {
    EXPECT_EQ(run("SELECT 1 + 2"), "3");
    EXPECT_EQ(run("SELECT d_repeat('ab', 2)"), "abab");
    EXPECT_EQ(run("SELECT coalesce(NULL, 'x')"), "x");
    EXPECT_EQ(run("SELECT d_refuse(NULL)"), "");
    EXPECT_EQ(calls_, 0);
}

TEST_F(PureConnectionTest, RefusesAllElse) {
    for (const auto* sql :
         {"CREATE TABLE t(a)", "PRAGMA user_version", "ATTACH ':memory:' AS x",
          "SELECT * FROM sqlite_master", "SELECT randomblob(10)", "SELECT abs(1)",
          "SELECT load_extension('x')", "SELECT sqlite_version()", "VALUES(1) UNION SELECT 2",
          "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r",
          "BEGIN", "SELECT 1 FROM pragma_table_info('x')"}) {
        EXPECT_EQ(run(sql), "not prepared") << sql;
    }
    EXPECT_EQ(run("VACUUM"), "internal: authorization denied (SQLite 23)");
}

TEST_F(PureConnectionTest, EndsWhatCostsTooMuch) {
    EXPECT_EQ(run("SELECT d_refuse('way')"), "invalid: no way");
    EXPECT_EQ(run("SELECT d_repeat('x', 2000)"),
              "invalid: a value of an expression is over 1000 bytes");
    EXPECT_EQ(run("SELECT d_repeat('x', 20000)"), "invalid: an expression takes too many steps");
    EXPECT_EQ(run("SELECT 'still there'"), "still there");
}

TEST_F(PureConnectionTest, SaysThatATextIsNestedTooDeep) {
    const auto statement =
        connection().prepare("SELECT " + std::string(500, '(') + "1" + std::string(500, ')'));
    ASSERT_FALSE(statement.ok());
    EXPECT_EQ(statement.error().code(), Code::too_large);
}

}  // namespace
}  // namespace millrace::sqlite
