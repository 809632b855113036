#include "storage/target/sqlite/bucket_query.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "storage/sqlite/database.h"
#include "storage/target/sqlite/sqlite_target.h"
#include "tests/support/temp_directory.h"

namespace millrace::target {
namespace {

using Kind = QueryProblem::Kind;
using testing::ElementsAre;
using testing::HasSubstr;

class BucketQueryTest : public testing::Test {
protected:
    BucketQueryTest() {
        for (const auto* table : {"in.c-pinot.transcript", "in.c-other.secret"}) {
            const auto made = target_.ensure_table(
                {.id = TableId::parse(table).value(),
                 .columns = {{.name = "id", .data_type = DataType::integer},
                             {.name = "name"},
                             {.name = "ok", .data_type = DataType::boolean},
                             {.name = "score", .data_type = DataType::float64}}});
            EXPECT_TRUE(made.ok());
        }
        write(
            "INSERT INTO transcript VALUES (1, 'Jane', 1, 3.5), (2, 'John', 0, 3.0),"
            " (3, 'Jane', NULL, NULL)");
    }

    void write(const std::string& sql) {
        auto database = sqlite::Database::open(folder_ / "in.c-pinot.sqlite", {});
        ASSERT_TRUE(database.value().execute(sql).ok());
    }

    QueryAnswer ask(const std::string& sql) { return run({.sql = sql}); }
    QueryAnswer run(QueryRequest request) {
        if (request.bucket.empty()) request.bucket = "in.c-pinot";
        auto answer = target_.query(request);
        if (!answer.ok()) {
            ADD_FAILURE() << answer.error().operator_text();
            return {};
        }
        return std::move(answer).value();
    }

    testing_support::TempDirectory folder_;
    SqliteTarget target_{folder_.path()};
};

TEST_F(BucketQueryTest, AnswersWithTheValuesAndWhereTheyComeFrom) {
    const auto answer =
        ask("select id, name as n, ok, score, count(*) over () from transcript"
            " order by id");
    ASSERT_FALSE(answer.problem) << answer.problem->text;
    EXPECT_THAT(answer.columns, ElementsAre(QueryColumn{"id", "INTEGER", "transcript", "id"},
                                            QueryColumn{"n", "TEXT", "transcript", "name"},
                                            QueryColumn{"ok", "BOOLEAN", "transcript", "ok"},
                                            QueryColumn{"score", "DOUBLE", "transcript", "score"},
                                            QueryColumn{"count(*) over ()", "", "", ""}));
    ASSERT_EQ(answer.rows.size(), 3U);
    EXPECT_EQ(answer.rows[0], (std::vector<TableCell>{std::int64_t{1}, std::string("Jane"), true,
                                                      3.5, std::int64_t{3}}));
    EXPECT_EQ(answer.rows[2][2], TableCell());
    EXPECT_EQ(answer.rows_in_tables, 3U);
}

TEST_F(BucketQueryTest, KnowsTablesByTheirOtherNames) {
    for (const auto* sql :
         {"select count(*) from transcript_REALTIME", "select count(*) from \"transcript_OFFLINE\"",
          "select count(transcript_REALTIME.id) from transcript_REALTIME",
          "select distinctcount(name) + 1 from TRANSCRIPT;"}) {
        const auto answer = ask(sql);
        ASSERT_FALSE(answer.problem) << sql << ": " << answer.problem->text;
        EXPECT_EQ(answer.rows, (std::vector<std::vector<TableCell>>{{std::int64_t{3}}})) << sql;
    }
    const auto answer = ask("select name from transcript_REALTIME");
    EXPECT_EQ(answer.columns.at(0), (QueryColumn{"name", "TEXT", "transcript", "name"}));
}

TEST_F(BucketQueryTest, RefusesWhatIsNotOfTheBucketAndWhatChangesAnything) {
    write("CREATE VIEW spy AS SELECT * FROM _millrace_ledger");
    write("CREATE VIEW random_rows AS SELECT random() AS r FROM transcript");
    struct Case {
        std::string sql;
        Kind kind;
    };
    for (const auto& [sql, kind] : std::vector<Case>{
             {"select * from _millrace_ledger", Kind::unknown_table},
             {"select * from main._millrace_ledger", Kind::unknown_table},
             {"select * from spy", Kind::unknown_table},
             {"select * from random_rows", Kind::not_allowed},
             {"select * from sqlite_schema", Kind::unknown_table},
             {"select * from sqlite_temp_schema", Kind::unknown_table},
             {"select * from pragma_table_info('transcript')", Kind::not_allowed},
             {"select * from dbstat", Kind::not_allowed},
             {"select * from secret", Kind::unknown_table},
             {"select * from \"in.c-other\".secret", Kind::unknown_table},
             {"select nope from transcript", Kind::unknown_column},
             {"select \"nope\" from transcript", Kind::unknown_column},
             {"attach 'x.sqlite' as x", Kind::not_allowed},
             {"pragma table_info(transcript)", Kind::not_allowed},
             {"vacuum into 'x'", Kind::not_allowed},
             {"insert into transcript values (1,2,3,4)", Kind::not_allowed},
             {"delete from transcript", Kind::not_allowed},
             {"update transcript set id = 1", Kind::not_allowed},
             {"create table x (a)", Kind::not_allowed},
             {"create temp table x (a)", Kind::not_allowed},
             {"drop table transcript", Kind::not_allowed},
             {"begin", Kind::not_allowed},
             {"select load_extension('x')", Kind::not_allowed},
             {"select random()", Kind::not_allowed},
             {"select randomblob(10)", Kind::not_allowed},
             {"select zeroblob(100000000)", Kind::not_allowed},
             {"select sqlite_version()", Kind::not_allowed},
             {"with recursive r(n) as (select 1 union all select n+1 from r) select * from r",
              Kind::not_allowed},
             {"select 1; select 2", Kind::syntax},
             {"select 1; drop table transcript", Kind::syntax},
             {"selekt 1", Kind::syntax},
             {"select $docId from transcript", Kind::syntax},
             {"select * from transcript where id = ?", Kind::syntax},
             {"select 'a", Kind::syntax},
             {"", Kind::syntax},
             {" ; -- nothing", Kind::syntax},
             {"select abs(-9223372036854775807 - 1)", Kind::failed},
         }) {
        SCOPED_TRACE(sql);
        const auto answer = ask(sql);
        ASSERT_TRUE(answer.problem);
        EXPECT_EQ(answer.problem->kind, kind) << answer.problem->text;
    }
    EXPECT_EQ(ask("select count(*) from transcript").rows.at(0).at(0), TableCell(std::int64_t{3}));
}

TEST_F(BucketQueryTest, EndsAtItsLimits) {
    write(
        "INSERT INTO transcript SELECT a.id, a.name, 0, 0 FROM transcript a, transcript b,"
        " transcript c, transcript d, transcript e");
    const std::string endless =
        "select count(*) from transcript a, transcript b, transcript c, transcript d";
    const auto late = run({.sql = endless, .limits = {.time = Milliseconds(20)}});
    ASSERT_TRUE(late.problem);
    EXPECT_EQ(late.problem->kind, Kind::time);
    EXPECT_THAT(late.problem->text, HasSubstr("20 ms"));

    const auto many = run({.sql = "select id from transcript", .limits = {.rows = 10}});
    ASSERT_TRUE(many.problem);
    EXPECT_EQ(many.problem->kind, Kind::size);

    const auto large = run({.sql = "select name from transcript", .limits = {.bytes = 100}});
    ASSERT_TRUE(large.problem);
    EXPECT_EQ(large.problem->kind, Kind::size);

    const auto value = ask("select length(replace(printf('%.2000000c', 'x'), 'x', 'xxxxxxxx'))");
    ASSERT_TRUE(value.problem);
    EXPECT_EQ(value.problem->kind, Kind::size) << value.problem->text;
}

// Goal    a query ends in time also within one call of a function: each of these would take minutes
//         or years.
TEST_F(BucketQueryTest, EndsAtItsTimeWithinAFunction) {
    const std::string as = "replace(printf('%.4000c', 'a'), 'a', printf('%.1000c', 'a'))";
    const std::string half = "(substr(" + as + ", 1, 40000) || 'b')";
    for (const auto& sql : {
             "select " + as + " like '%' || " + half,
             "select " + as + " like '%' || " + half + " escape '!'",
             "select " + as + " glob '*' || " + half,
             "select count(instr(" + as + " || a.name, substr(" + as +
                 ", 1, 2000000) || 'b')) from transcript a, transcript b, transcript c," +
                 " transcript d, transcript e, transcript f, transcript g, transcript h",
             "select trim(" + as + ", printf('%.1000000c', 'b') || 'a')",
             "select rtrim(" + as + ", printf('%.1000000c', 'b') || 'a')",
         }) {
        const auto begun = std::chrono::steady_clock::now();
        const auto late = run({.sql = sql, .limits = {.time = Milliseconds(300)}});
        ASSERT_TRUE(late.problem) << sql;
        EXPECT_EQ(late.problem->kind, Kind::time) << sql << ": " << late.problem->text;
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10)) << sql;
    }
    for (const auto* sql :
         {"select printf('%.*c', 1000000000, 'x')", "select printf('%.2000000000c', 'x')",
          "select length(replace(printf('%.*c', 2000, 'x'), 'x', printf('%.5000c', 'y')))",
          "select printf('%.07000000c%5d%*.*c%%', 'x', 2, 3, 2000000, 'y')",
          "select printf('%s%s', printf('%.5000000c', 'x'), printf('%.5000000c', 'x'))",
          "select printf('%1000000000d', 1)"}) {
        const auto long_value = ask(sql);
        ASSERT_TRUE(long_value.problem) << sql;
        EXPECT_EQ(long_value.problem->kind, Kind::size) << sql << ": " << long_value.problem->text;
    }
}

// Goal    functions that end in time return what SQLite's own return.
TEST_F(BucketQueryTest, FunctionsThatEndInTimeComputeAsSqlitesOwn) {
    auto plain = sqlite::Database::open(folder_ / "plain.sqlite", {});
    ASSERT_TRUE(plain.ok());
    ASSERT_TRUE(plain.value().execute("PRAGMA case_sensitive_like = ON").ok());
    std::vector<std::string> calls = {"instr('h\u00e4llo', 'l')",
                                      "instr(x'ff00', x'00')",
                                      "instr('a', '')",
                                      "instr('', 'a')",
                                      "instr(12345, 34)",
                                      "instr(null, 'a')",
                                      "instr('a', null)",
                                      "replace('aXbX', 'X', 'yy')",
                                      "replace('a', '', 'b')",
                                      "replace(12, 2, 3)",
                                      "typeof(replace(12, '', 3))",
                                      "typeof(replace(12, 2, 3))",
                                      "replace('aaa', 'aa', 'b')",
                                      "replace(null, 'a', 'b')",
                                      "trim('  a  ')",
                                      "ltrim('  a  ')",
                                      "rtrim('  a  ')",
                                      "trim('xyaxy', 'yx')",
                                      "trim('\u00e4a\u00e4', '\u00e4')",
                                      "trim('aaa', 'a')",
                                      "trim('a', '')",
                                      "trim(101, 1)",
                                      "trim(null)",
                                      "trim('a', null)",
                                      "printf('%05.1f|%-5s|%x|%%|%c|%q', 2.25, 'a', 255, 'xy',"
                                      " 'it''s')",
                                      "printf('%.3c%,d', 'z', 1234567)",
                                      "printf('%*d', 6, 42)",
                                      "printf('%s')",
                                      "printf(null)",
                                      "printf('%d %s', '7', null)",
                                      "printf('a%zb', 1)",
                                      "printf('')",
                                      "'a' like null",
                                      "'a' like 'a' escape null"};
    for (const auto* text : {"abc", "aBc", "a%c", "a_c", "", "\u00e4bc", "a*c", "a?c", "a[b]c",
                             "abcabc", "a\\c", "1"}) {
        for (const auto* pattern :
             {"abc", "a%", "%c", "%b%", "a_c", "_bc", "%", "", "a\\%c", "a!%c", "a!_c", "%!", "a*c",
              "a?c", "a[b]c", "%[b]%", "a[!b]c", "1"}) {
            const auto quote = [](std::string_view value) { return fmt::format("'{}'", value); };
            calls.push_back(quote(text) + " like " + quote(pattern));
            calls.push_back(quote(text) + " like " + quote(pattern) + " escape '!'");
            calls.push_back(quote(text) + " like " + quote(pattern) + " escape '%'");
            calls.push_back(quote(text) + " glob " + quote(pattern));
        }
    }
    for (const auto& call : calls) {
        auto query = plain.value().query("SELECT quote(" + call + ")");
        ASSERT_TRUE(query.ok()) << call << ": " << query.error().operator_text();
        ASSERT_TRUE(query.value()->step().ok()) << call;
        const auto answer = ask("select quote(" + call + ")");
        ASSERT_FALSE(answer.problem) << call << ": " << answer.problem->text;
        EXPECT_EQ(answer.rows.at(0).at(0), TableCell(query.value().row().text())) << call;
    }
    EXPECT_EQ(ask("select 'a' like 'a' escape 'xx'").problem.value().kind, Kind::failed);
    EXPECT_EQ(ask("select 'a' like printf('%.60000c', '%')").problem.value().kind, Kind::failed);
}

TEST_F(BucketQueryTest, EndsWhenNobodyWaitsForItAnyMore) {
    int looks = 0;
    const auto stopped =
        run({.sql = "select count(*) from transcript a, transcript b, transcript c,"
                    " transcript d, transcript e, transcript f, transcript g,"
                    " transcript h, transcript i, transcript j, transcript k,"
                    " transcript l, transcript m, transcript n, transcript o",
             .limits = {.time = Milliseconds(60'000)},
             .is_stopped = [&] { return ++looks == 3; }});
    ASSERT_TRUE(stopped.problem);
    EXPECT_EQ(stopped.problem->kind, Kind::stopped);
    EXPECT_EQ(looks, 3);
}

TEST_F(BucketQueryTest, ADefaultNumberOfRowsIsForQueriesWithoutALimit) {
    write("INSERT INTO transcript SELECT id, name, 0, 0 FROM transcript");
    const auto rows = [&](const std::string& sql) {
        return run({.sql = sql, .default_rows = 2}).rows.size();
    };
    EXPECT_EQ(rows("select id from transcript"), 2U);
    EXPECT_EQ(rows("select id from transcript limit 4"), 4U);
    EXPECT_EQ(rows("select id from transcript limit 100"), 6U);
}

// Goal    texts that mean numbers and times are compared as such, wherever a query compares them,
//         and its columns are still known by their tables.
TEST_F(BucketQueryTest, DecimalsAndTimestampsAreComparedByTheirValues) {
    ASSERT_TRUE(target_
                    .ensure_table({.id = TableId::parse("in.c-pinot.sales").value(),
                                   .columns = {{.name = "id", .data_type = DataType::integer},
                                               {.name = "price", .data_type = DataType::decimal},
                                               {.name = "t", .data_type = DataType::timestamp}}})
                    .ok());
    write(
        "INSERT INTO sales VALUES (1, '9', '2019-10-24T07:00:00.000000Z'),"
        " (2, '10.50', '2019-10-24T07:00:00.500000Z'), (3, '-1', '2020-01-01T00:00:00.000000Z'),"
        " (4, NULL, NULL), (5, '10.5', '2019-10-24T07:00:00.000000Z')");
    const std::pair<const char*, std::vector<int>> cases[] = {
        {"select id from sales where price > 9", {2, 5}},
        {"select id from sales where price > '9'", {2, 5}},
        {"select id from sales where 9.75 < price", {2, 5}},
        {"select id from SALES where price = 10.5", {2, 5}},
        {"select id from sales_REALTIME where price in (9, -1)", {1, 3}},
        {"select id from sales where price between -5 and 9.0", {1, 3}},
        {"select id from sales where price is not null order by price, id", {3, 1, 2, 5}},
        {"select s.id from (select id, price as p from sales) s where p < 0", {3}},
        {"select min(id) from sales where price > 0 group by price", {1, 2}},
        {"select id from sales where price = (select max(price) from sales)", {2, 5}},
        {"select id from sales where t = '2019-10-24 07:00:00.0'", {1, 5}},
        {"select id from sales where t = 1571900400000", {1, 5}},
        {"select id from sales where t > 1571900400000 + 100", {2, 3}},
        {"select id from sales where t >= '2020-01-01'", {3}},
        {"select id from sales where t < '2019-10-24T09:00:00.2+02:00'", {1, 5}},
        {"select id from sales where t < now() order by t desc, id", {3, 2, 1, 5}},
        {"with s as (select * from sales) select a.id from s a join sales b on a.price = b.price"
         " where b.id = 2",
         {2, 5}},
    };
    for (const auto& [sql, ids] : cases) {
        const auto answer = ask(sql);
        ASSERT_FALSE(answer.problem) << sql << ": " << answer.problem->text;
        std::vector<int> got;
        for (const auto& row : answer.rows) {
            got.push_back(static_cast<int>(std::get<std::int64_t>(row.at(0))));
        }
        if (std::string_view(sql).find("order by") == std::string_view::npos) {
            std::ranges::sort(got);
        }
        EXPECT_EQ(got, ids) << sql;
    }
    const auto answer = ask("select * from sales_REALTIME where id = 2");
    ASSERT_FALSE(answer.problem);
    EXPECT_EQ(answer.columns[1], (QueryColumn{"price", "DECIMAL_TEXT", "sales", "price"}));
    EXPECT_EQ(answer.columns[2], (QueryColumn{"t", "TIMESTAMP", "sales", "t"}));
    EXPECT_EQ(answer.rows[0][1], TableCell(std::string("10.50")));
    EXPECT_EQ(ask("select sum(price) from sales where id < 3").rows[0][0], TableCell(19.5));
}

TEST_F(BucketQueryTest, ABucketWithoutAFileHasNoTables) {
    const auto answer = run({.bucket = "in.c-none", .sql = "select * from transcript"});
    ASSERT_TRUE(answer.problem);
    EXPECT_EQ(answer.problem->kind, Kind::unknown_table);
    EXPECT_EQ(answer.problem->text, "transcript");
    EXPECT_EQ(run({.bucket = "in.c-none", .sql = "select 1"}).rows.size(), 1U);
}

}  // namespace
}  // namespace millrace::target
