#include "storage/target/sqlite/query_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::target {
namespace {

using testing::IsSupersetOf;

TEST(QueryTextTest, TellsWhatIsInAQuery) {
    struct Case {
        std::string_view text;
        std::string sql;
        bool has_limit;
    };
    for (const auto& [text, sql, has_limit] : {
             Case{"select 1", "select 1", false},
             Case{" select 1 ; ", " select 1 ", false},
             Case{"select a from t limit 5", "select a from t limit 5", true},
             Case{"select a from (select b from t limit 5)",
                  "select a from (select b from t limit 5)", false},
             Case{"select 'limit' from \"limit\"", "select 'limit' from \"limit\"", false},
             Case{"select 1 -- limit 5", "select 1  ", false},
             Case{"select 1 /* ; limit 5 */ + 2", "select 1   + 2", false},
             Case{"set timeoutMs=100; select 1", " select 1", false},
             Case{"SELECT distinctcount(a), DistinctCount( b ) FROM t",
                  "SELECT count(DISTINCT a), count(DISTINCT  b ) FROM t", false},
             Case{"select 1; select 2", "select 1; select 2", false},
             Case{"", "", false},
             Case{";;", "", false},
         }) {
        SCOPED_TRACE(text);
        const auto query = read_query(text);
        EXPECT_EQ(query.sql, sql);
        EXPECT_EQ(query.has_limit, has_limit);
        EXPECT_FALSE(query.is_torn);
    }
}

TEST(QueryTextTest, FindsNamesHoweverTheyAreQuoted) {
    const auto query = read_query("select `a``b`, \"c\"\"d\", [e] from f_REALTIME where g = 'h'");
    EXPECT_THAT(query.names, IsSupersetOf({"a`b", "c\"d", "e", "f_REALTIME", "g"}));
    EXPECT_FALSE(query.names.contains("h"));
}

TEST(QueryTextTest, KeepsTheOptionsOfSetStatements) {
    const auto query = read_query("SET timeoutMs = 1000; set x = 'a b'; select 1");
    EXPECT_EQ(query.options.at("timeoutms"), "1000");
    EXPECT_EQ(query.options.at("x"), "a b");
    EXPECT_EQ(query.sql, " select 1");
}

TEST(QueryTextTest, KnowsWhatHasNoEnd) {
    for (const auto* text :
         {"select 'a", "select \"a", "select `a", "select /* a", "select 'a''"}) {
        EXPECT_TRUE(read_query(text).is_torn) << text;
    }
}

}  // namespace
}  // namespace millrace::target
