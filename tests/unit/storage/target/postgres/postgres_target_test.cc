#include "storage/target/postgres/postgres_target.h"

#include <fmt/format.h>

#include <thread>

#include "tests/unit/storage/target/postgres/target_fixture.h"

namespace millrace::postgres {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class PostgresTargetTest : public TargetFixture {};

TEST_F(PostgresTargetTest, ColumnsHaveRealTypes) {
    const auto typed = spec({{.name = "id", .primary_key = true},
                             {.name = "i", .data_type = DataType::integer},
                             {.name = "d", .data_type = DataType::decimal},
                             {.name = "f", .data_type = DataType::float64},
                             {.name = "b", .data_type = DataType::boolean},
                             {.name = "day", .data_type = DataType::date},
                             {.name = "at", .data_type = DataType::timestamp},
                             {.name = "j", .data_type = DataType::json}});
    make(typed);
    import(file(
        typed, {"\"a\",\"-9223372036854775808\",\"12345678901234567890.123456789\",\"1.5e300\","
                "\"1\",\"0001-01-01\",\"2026-01-02 04:04:05.5+01\",\"{\"\"a\"\": [1, null]}\"\n"}));
    EXPECT_EQ(query("SELECT id, i, d, f, b, day, at AT TIME ZONE 'UTC', j->'a'->>0,"
                    " pg_typeof(i), pg_typeof(d), pg_typeof(at), pg_typeof(j)"
                    " FROM \"in.c-shop\".orders"),
              (Texts{{"a", "-9223372036854775808", "12345678901234567890.123456789", "1.5e+300",
                      "t", "0001-01-01", "2026-01-02 03:04:05.5", "1", "bigint", "numeric",
                      "timestamp with time zone", "jsonb"}}));
}

TEST_F(PostgresTargetTest, AnyNameOfAColumnIsKept) {
    const auto hostile = spec({{.name = "\"; DROP TABLE x; --", .primary_key = true},
                               {.name = "a.b"},
                               {.name = "\xc5\xbelu\xc5\xa5 \xf0\x9f\x90\x8e"},
                               {.name = "excluded"},
                               {.name = "t"},
                               {.name = "select"},
                               {.name = "w", .data_type = DataType::integer},
                               {.name = std::string(63, 'n')}},
                              "in.c-Shop-1.Or-ders");
    make(hostile);
    make(hostile);
    import(file(hostile, {"\"1\",\"b\",\"c\",\"d\",\"e\",\"f\",\"7\",\"h\"\n"}));
    import(file(hostile, {"#slice 2,operation,\"\"\"; DROP TABLE x; --\",\"t\",sequence \"w\"\n"
                          "upsert,\"1\",\"new\",\"8\"\ndelete,\"2\",,\"8\"\n"}));
    EXPECT_EQ(rows(hostile), (Texts{{"1", "b", "c", "d", "new", "f", "8", "h"}}));
    ASSERT_TRUE(target_.drop_table(hostile.id).ok());
    EXPECT_THAT(query("SELECT 1 FROM pg_namespace WHERE nspname = 'in.c-Shop-1'"), IsEmpty());
}

TEST_F(PostgresTargetTest, ANameThatIsTooLongIsRefusedWhenItsTableIsMade) {
    const auto refused = target_.ensure_table(spec({{.name = std::string(64, 'n')}}));
    EXPECT_EQ(refused.error().code(), Code::invalid);
    EXPECT_THAT(refused.error().client_text(), HasSubstr("64 bytes"));
    EXPECT_THAT(query("SELECT 1 FROM pg_namespace WHERE nspname = 'in.c-shop'"), IsEmpty());
}

TEST_F(PostgresTargetTest, WideRowsAndLongCellsAreKept) {
    std::vector<TableColumn> columns = {{.name = "id", .primary_key = true}};
    std::string row = "\"1\"";
    for (int i = 1; i < 100; ++i) {
        columns.push_back({.name = fmt::format("c{}", i)});
        row += fmt::format(",\"{}\"", i < 4 ? std::string(1 << 20, 'x') : "y");
    }
    const auto wide = spec(columns);
    make(wide);
    import(file(wide, {row + "\n" + row + "\n", row + "\n"}));
    EXPECT_EQ(query("SELECT count(*), min(length(c3)), min(c99) FROM \"in.c-shop\".orders"),
              (Texts{{"1", "1048576", "y"}}));
}

TEST_F(PostgresTargetTest, ATableOfTheUserIsUsedWhereItFits) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query(
        "CREATE TABLE \"in.c-shop\".orders (note text DEFAULT 'none', name varchar NOT NULL,"
        " id text PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY)");
    make(keyed());
    import(file(keyed(), {"\"1\",\"a\"\n\"2\",\"b\"\n"}));
    import(
        file(keyed(), {"#slice 2,operation,\"id\",\"name\"\nupsert,\"1\",\"c\"\ndelete,\"2\",\n"}));
    EXPECT_EQ(query("SELECT id, name, note FROM \"in.c-shop\".orders"),
              (Texts{{"1", "c", "none"}}));
}

// Goal    what a delete and an upsert of one file leave is a row as new.
TEST_F(PostgresTargetTest, ADeleteResetsColumnsThatOnlyTheTableHas) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query(
        "CREATE TABLE \"in.c-shop\".orders (id text PRIMARY KEY, name text, note text DEFAULT "
        "'none')");
    import(file(keyed(), {"\"1\",\"a\"\n"}));
    query("UPDATE \"in.c-shop\".orders SET note = 'mine'");
    import(file(keyed(), {"\"1\",\"b\"\n"}));
    EXPECT_EQ(query("SELECT name, note FROM \"in.c-shop\".orders"), (Texts{{"b", "mine"}}));
    import(
        file(keyed(), {"#slice 2,operation,\"id\",\"name\"\ndelete,\"1\",\nupsert,\"1\",\"c\"\n"}));
    EXPECT_EQ(query("SELECT name, note FROM \"in.c-shop\".orders"), (Texts{{"c", "none"}}));
}

TEST_F(PostgresTargetTest, APartitionedTableIsATable) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query(
        "CREATE TABLE \"in.c-shop\".orders (id text PRIMARY KEY, name text) PARTITION BY HASH "
        "(id)");
    query(
        "CREATE TABLE public.p0 PARTITION OF \"in.c-shop\".orders FOR VALUES WITH (MODULUS 2, "
        "REMAINDER 0)");
    query(
        "CREATE TABLE public.p1 PARTITION OF \"in.c-shop\".orders FOR VALUES WITH (MODULUS 2, "
        "REMAINDER 1)");
    make(keyed());
    import(file(keyed(), {"\"1\",\"a\"\n\"2\",\"b\"\n\"1\",\"c\"\n"}));
    EXPECT_EQ(rows(keyed()), (Texts{{"1", "c"}, {"2", "b"}}));
}

TEST_F(PostgresTargetTest, AViewIsNone) {
    query("CREATE SCHEMA \"in.c-shop\"");
    query("CREATE VIEW \"in.c-shop\".orders AS SELECT ''::text AS id, ''::text AS name");
    const auto refused = target_.ensure_table(plain());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("is a view"));
    EXPECT_EQ(target_.drop_table(plain().id).error().code(), Code::conflict);
    expect_failure(file(plain(), {"\"1\",\"a\"\n"}), Code::conflict, "is a view");
}

TEST_F(PostgresTargetTest, ASchemaWithSomethingElseInItStays) {
    make(plain());
    query("CREATE TABLE \"in.c-shop\".mine (a int)");
    ASSERT_TRUE(target_.drop_table(plain().id).ok());
    EXPECT_EQ(query("SELECT count(*) FROM \"in.c-shop\".mine"), (Texts{{"0"}}));
    query("DROP TABLE \"in.c-shop\".mine");
    make(plain());
    ASSERT_TRUE(target_.drop_table(plain().id).ok());
    EXPECT_THAT(query("SELECT 1 FROM pg_namespace WHERE nspname = 'in.c-shop'"), IsEmpty());
}

TEST_F(PostgresTargetTest, ATableThatAViewNeedsIsNotDropped) {
    make(plain());
    query("CREATE VIEW public.v AS SELECT * FROM \"in.c-shop\".orders");
    const auto refused = target_.drop_table(plain().id);
    EXPECT_EQ(refused.error().code(), Code::conflict) << refused.error().operator_text();
    query("DROP VIEW public.v");
    EXPECT_TRUE(target_.drop_table(plain().id).ok());
}

TEST_F(PostgresTargetTest, TwoNodesMakeOneTable) {
    std::vector<std::thread> threads;
    std::atomic<int> made = 0;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&] {
            PostgresTarget other(options_, PoolLimits{});
            if (other.ensure_table(plain()).ok()) ++made;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(made, 6);
}

TEST_F(PostgresTargetTest, ConnectionsAreSoManyAtMostAndIdleOnesAreClosed) {
    PostgresTarget target(options_,
                          {.connections_max = 2, .idle_max = std::chrono::milliseconds(0)});
    EXPECT_EQ(target.connections(), 0U);
    std::vector<TableSpec> tables;
    for (int i = 0; i < 6; ++i) {
        tables.push_back(spec({{.name = "id"}}, fmt::format("in.c-shop.t{}", i)));
        ASSERT_TRUE(target.ensure_table(tables.back()).ok());
    }
    std::vector<std::thread> threads;
    std::atomic<std::size_t> most = 0;
    std::atomic<int> imported = 0;
    for (const auto& table : tables) {
        threads.emplace_back([&, request = file(table, {"\"1\"\n"}, [&](std::uint32_t) {
                                     most = std::max(most.load(), target.connections());
                                 })] {
            if (target.import(request).ok()) ++imported;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(imported, 6);
    EXPECT_LE(most, 2U);
    EXPECT_GE(target.connections(), 1U);
    ASSERT_TRUE(target.tidy().ok());
    EXPECT_EQ(target.connections(), 0U);
}

TEST_F(PostgresTargetTest, ADatabaseWithoutDurableCommitsHasThemForImports) {
    query("ALTER DATABASE " + database_ + " SET synchronous_commit = off");
    make(plain());
    std::string setting;
    import(file(plain(), {"\"1\",\"a\"\n"}));
    auto session = Connection::open(options_, nullptr).value();
    EXPECT_EQ(session.run("SHOW synchronous_commit").value().text(0, 0), "on");
}

}  // namespace
}  // namespace millrace::postgres
