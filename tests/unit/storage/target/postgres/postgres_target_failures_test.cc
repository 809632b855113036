// Goal    whatever fails at whatever moment, a file is in its table once or not at all, the error
//         says which and what to do, and the next import goes on.
// Method  a real server; failures come in while a slice is opened, through triggers of the table,
//         and by a socket in between that cuts the connection before or behind a COMMIT.

#include <fmt/format.h>

#include <array>
#include <thread>

#include "storage/target/postgres/postgres_target.h"
#include "tests/support/postgres_proxy.h"
#include "tests/unit/storage/target/postgres/target_fixture.h"

namespace millrace::postgres {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::PostgresProxy;
using testing_support::PostgresServer;

// As the protocol has the statement: others have the word in them.
const std::string kCommit("\0COMMIT\0", 8);

class PostgresFailures : public TargetFixture {
protected:
    // Of each import of a row.
    void add_trigger(const std::string& body, const std::string& when = "BEFORE INSERT ON") {
        query("CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " + body +
              " RETURN NEW; END$$");
        query(
            fmt::format("CREATE {}TRIGGER fails {} \"in.c-shop\".orders {}FOR EACH ROW"
                        " EXECUTE FUNCTION public.f()",
                        when.starts_with("AFTER") ? "CONSTRAINT " : "", when,
                        when.starts_with("AFTER") ? "DEFERRABLE INITIALLY DEFERRED " : ""));
    }
    void drop_trigger() { query("DROP TRIGGER fails ON \"in.c-shop\".orders"); }

    const std::string one_ = "\"1\",\"a\"\n";
    const Texts in_table_ = {{"1", "a"}};
};

TEST_F(PostgresFailures, AStatementThatTakesTooLongIsGivenUp) {
    options_.statement_timeout = milliseconds(200);
    PostgresTarget target(options_, PoolLimits{});
    make(plain());
    add_trigger("PERFORM pg_sleep(30);");
    const auto request = file(plain(), {one_});
    const auto failed = target.import(request);
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("statement-timeout"));
    drop_trigger();
    import(request);
    EXPECT_EQ(rows(plain()), in_table_);
}

TEST_F(PostgresFailures, ALockedTableIsWaitedForAWhile) {
    make(plain());
    auto other = Connection::open(options_, nullptr).value();
    ASSERT_TRUE(other.run("BEGIN").ok());
    ASSERT_TRUE(other.run("LOCK TABLE \"in.c-shop\".orders").ok());
    const auto request = file(plain(), {one_});
    expect_failure(request, Code::unavailable, "holds a lock");
    EXPECT_EQ(target_.drop_table(plain().id).error().code(), Code::unavailable);
    EXPECT_TRUE(target_.ensure_table(plain()).ok()) << "comparing needs no lock";
    other.roll_back();
    import(request);
    EXPECT_EQ(rows(plain()), in_table_);
}

// Goal    a server that hangs does not hold up other changes of tables, which wait for each other.
TEST_F(PostgresFailures, AChangeOfATableGivesUpSoon) {
    options_.quick_timeout = milliseconds(100);
    PostgresTarget target(options_, PoolLimits{});
    make(plain());
    auto other = Connection::open(options_, nullptr).value();
    ASSERT_TRUE(other.run("BEGIN").ok());
    ASSERT_TRUE(other.run("LOCK TABLE \"in.c-shop\".orders").ok());
    const auto dropped = target.drop_table(plain().id);
    EXPECT_EQ(dropped.error().code(), Code::unavailable);
    EXPECT_THAT(dropped.error().operator_text(), HasSubstr("has not answered for 100 ms"));
    other.roll_back();
    EXPECT_TRUE(target.ensure_table(plain()).ok()) << "by another connection";
}

// Goal    a stop does not wait for the database, and leaves nothing running there.
TEST_F(PostgresFailures, AStopCancelsWhatRuns) {
    make(plain());
    add_trigger("PERFORM pg_sleep(60);");
    std::atomic<bool> stop = false;
    auto request = file(plain(), {one_});
    request.stop = &stop;
    const std::string running = "SELECT 1 FROM pg_stat_activity WHERE datname = '" + database_ +
                                "' AND query LIKE 'COPY%' AND state = 'active'";
    std::thread stopper([&] {
        while (query(running).empty()) std::this_thread::yield();
        stop = true;
    });
    const auto begun = std::chrono::steady_clock::now();
    expect_failure(request, Code::unavailable, "the service stops");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
    stopper.join();
    while (!query(running).empty()) std::this_thread::yield();
    drop_trigger();
    stop = false;
    import(request);
    EXPECT_EQ(rows(plain()), in_table_);
}

TEST_F(PostgresFailures, ATableThatChangesMeanwhileIsAConflict) {
    struct Case {
        std::string change, back, words;
    };
    const std::string alter = "ALTER TABLE \"in.c-shop\".orders ";
    for (const auto& table : {plain(), keyed()}) {
        for (const auto& [change, back, words] : {
                 Case{alter + "RENAME name TO other", alter + "RENAME other TO name",
                      "does not exist"},
                 Case{alter + "ADD more int NOT NULL", alter + "DROP more",
                      "change the constraint"},
                 Case{alter + "RENAME TO elsewhere",
                      "ALTER TABLE \"in.c-shop\".elsewhere RENAME TO orders", "does not exist"},
             }) {
            SCOPED_TRACE(change);
            make(table);
            bool is_first = true;
            const auto request = file(table, {one_, "\"2\",\"b\"\n"}, [&](std::uint32_t) {
                if (std::exchange(is_first, false)) query(change);
            });
            expect_failure(request, Code::conflict, words);
            query(back);
            import(request);
            EXPECT_EQ(rows(table).size(), 2U);
            query("DROP TABLE \"in.c-shop\".orders");
        }
    }
}

TEST_F(PostgresFailures, ATableThatIsNotAsTheSinkSaysIsNamed) {
    make(plain());
    query("ALTER TABLE \"in.c-shop\".orders ALTER name TYPE varchar(3)");
    expect_failure(file(plain(), {one_}), Code::conflict,
                   "the column \"name\" has the type character varying(3), expected text");
}

TEST_F(PostgresFailures, WhatATriggerRefusesIsAConflict) {
    make(plain());
    add_trigger("RAISE EXCEPTION 'not on Sundays';");
    expect_failure(file(plain(), {one_}), Code::conflict, "not on Sundays");
    EXPECT_THAT(rows(plain()), IsEmpty());
}

TEST_F(PostgresFailures, WhatADeferredConstraintRefusesDidNotHappen) {
    make(plain());
    add_trigger("RAISE EXCEPTION 'too late';", "AFTER INSERT ON");
    const auto request = file(plain(), {one_});
    expect_failure(request, Code::conflict, "too late");
    drop_trigger();
    import(request);
    EXPECT_EQ(rows(plain()), in_table_);
}

// Goal    what a constraint says only at the commit is said of a row, which need not wait for ever.
TEST_F(PostgresFailures, ARowThatADeferredConstraintRefusesIsFound) {
    query(
        "CREATE TABLE public.names (name text PRIMARY KEY); INSERT INTO public.names VALUES"
        " ('a'), ('c')");
    for (const auto& table : {plain(), keyed()}) {
        make(table);
        query(
            "ALTER TABLE \"in.c-shop\".orders ADD FOREIGN KEY (name) REFERENCES public.names"
            " DEFERRABLE INITIALLY DEFERRED");
        const auto request = file(table, {one_, "\"2\",\"c\"\n\"3\",\"bad\"\n\"4\",\"a\"\n"});
        EXPECT_TRUE(is_row_refused(target_.import(request).error()));
        const auto found = target_.find_refused(request, 10).value();
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found.front().slice, 1U);
        EXPECT_EQ(found.front().row, 1U);
        EXPECT_THAT(found.front().reason, HasSubstr("violates foreign key constraint"));
        EXPECT_THAT(rows(table), IsEmpty());
        query("DROP TABLE \"in.c-shop\".orders");
    }
}

TEST_F(PostgresFailures, ARowThatBreaksAConstraintIsTold) {
    make(plain());
    query("ALTER TABLE \"in.c-shop\".orders ADD CONSTRAINT short CHECK (length(name) < 3)");
    expect_failure(file(plain(), {"\"1\",\"a\"\n\"2\",\"long\"\n"}), Code::conflict,
                   "\"short\" (23514), line 2");
    EXPECT_THAT(rows(plain()), IsEmpty());
}

TEST_F(PostgresFailures, WhatNoTextOfPostgresCanHoldIsCorrupt) {
    make(plain());
    make(spec({{.name = "j", .data_type = DataType::json}}, "in.c-shop.json"));
    expect_failure(file(plain(), {std::string("\"1\",\"a\0b\"\n", 10)}), Code::corrupt, "22021");
    expect_failure(file(plain(), {"\"1\",\"\xff\"\n"}), Code::corrupt, "22021");
    expect_failure(file(spec({{.name = "j", .data_type = DataType::json}}, "in.c-shop.json"),
                        {"\"\"\"\\u0000\"\"\"\n"}),
                   Code::corrupt, "line 1, column j");
    EXPECT_THAT(rows(plain()), IsEmpty());
    import(file(plain(), {one_}));
}

TEST_F(PostgresFailures, NumbersAndDatesOutOfRangeAreCorrupt) {
    const auto typed = spec({{.name = "i", .data_type = DataType::integer},
                             {.name = "d", .data_type = DataType::date},
                             {.name = "at", .data_type = DataType::timestamp}});
    make(typed);
    expect_failure(file(typed, {"\"9223372036854775808\",\"\",\"\"\n"}), Code::corrupt, "\"i\"");
    expect_failure(file(typed, {"\"1\",\"2026-02-30\",\"\"\n"}), Code::corrupt, "\"d\"");
    expect_failure(file(typed, {"\"1\",\"\",\"2026-02-30T00:00:00Z\"\n"}), Code::corrupt,
                   "column at");
    EXPECT_THAT(rows(typed), IsEmpty());
}

TEST_F(PostgresFailures, AReadOnlyDatabaseIsWaitedFor) {
    make(plain());
    query("ALTER DATABASE " + database_ + " SET default_transaction_read_only = on");
    PostgresTarget fresh(options_, PoolLimits{});
    const auto request = file(plain(), {one_});
    const auto failed = fresh.import(request);
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("read-only"));
    EXPECT_EQ(fresh.ensure_table(spec({{.name = "a"}}, "in.c-shop.new")).error().code(),
              Code::unavailable);
    server_.query("postgres",
                  "ALTER DATABASE " + database_ + " RESET default_transaction_read_only");
    import(request);
}

TEST_F(PostgresFailures, AnotherEncodingIsRefusedWithTheRemedy) {
    options_.dsn = server_.dsn(server_.new_database(
        "ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"));
    PostgresTarget target(options_, PoolLimits{});
    const auto refused = target.ensure_table(plain());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("ENCODING 'UTF8'"));
}

TEST_F(PostgresFailures, ADatabaseThatIsNotThereIsUnavailable) {
    for (const auto& dsn :
         {"host=" + server_.folder() + "/none user=millrace dbname=x", server_.dsn("none"),
          "host=" + server_.folder() + " user=who dbname=x"}) {
        options_.dsn = dsn;
        PostgresTarget target(options_, PoolLimits{});
        const auto request = file(plain(), {one_});
        for (int i = 0; i < 2; ++i) {
            const auto failed = target.import(request);
            EXPECT_EQ(failed.error().code(), Code::unavailable);
            EXPECT_THAT(failed.error().operator_text(), HasSubstr("cannot be reached"));
        }
        EXPECT_EQ(target.connections(), 0U);
    }
}

TEST_F(PostgresFailures, ARoleThatMayNotIsToldWhat) {
    query("CREATE ROLE poor LOGIN");
    options_.dsn = fmt::format("host={} user=poor dbname={}", server_.folder(), database_);
    PostgresTarget poor(options_, PoolLimits{});
    const auto refused = poor.ensure_table(plain());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("grant the role"));
    make(plain());
    const auto failed = poor.import(file(plain(), {one_}));
    EXPECT_EQ(failed.error().code(), Code::conflict);
    query(
        "GRANT USAGE ON SCHEMA \"in.c-shop\" TO poor;"
        " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \"in.c-shop\" TO poor");
    EXPECT_TRUE(poor.import(file(plain(), {one_})).ok()) << "it needs no right to make anything";
    query("DROP OWNED BY poor; DROP ROLE poor");
}

TEST_F(PostgresFailures, ASessionThatIsTerminatedBeforeTheCommitDidNothing) {
    for (const auto& table : {plain(), keyed()}) {
        make(table);
        bool is_first = true;
        const auto request = file(table, {one_, "\"2\",\"b\"\n"}, [&](std::uint32_t slice) {
            if (slice == 0 || !std::exchange(is_first, false)) return;
            query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
                  database_ + "' AND pid <> pg_backend_pid()");
        });
        expect_failure(request, Code::unavailable, "");
        EXPECT_THAT(rows(table), IsEmpty());
        import(request);
        EXPECT_EQ(rows(table).size(), 2U);
        ASSERT_TRUE(target_.drop_table(table.id).ok());
    }
}

TEST_F(PostgresFailures, ASessionThatIsTerminatedAmidTheCommitDidNothing) {
    make(plain());
    add_trigger("PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1);",
                "AFTER INSERT ON");
    const auto request = file(plain(), {one_});
    expect_failure(request, Code::unavailable, "");
    drop_trigger();
    import(request);
    EXPECT_EQ(rows(plain()), in_table_);
}

// A target behind a socket that cuts.
class PostgresCuts : public PostgresFailures {
protected:
    PostgresCuts() { make(keyed()); }

    ConnectOptions through_proxy() const {
        auto options = options_;
        options.dsn = proxy_.dsn(database_);
        return options;
    }

    PostgresProxy proxy_{server_.folder()};
    PostgresTarget cut_{through_proxy(), PoolLimits{}};
};

TEST_F(PostgresCuts, ACommitThatDidNotArriveDidNotHappen) {
    proxy_.cut(PostgresProxy::Cut::before_statement, kCommit);
    const auto request = file(keyed(), {one_});
    EXPECT_EQ(cut_.import(request).error().code(), Code::unavailable);
    EXPECT_THAT(rows(keyed()), IsEmpty());
    EXPECT_FALSE(cut_.import(request).value().already_done);
    EXPECT_EQ(rows(keyed()), in_table_);
}

TEST_F(PostgresCuts, ACommitWhoseAnswerIsLostIsFoundInTheLedger) {
    proxy_.cut(PostgresProxy::Cut::before_answer, kCommit);
    const auto request = file(keyed(), {one_});
    const auto receipt = cut_.import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(receipt.value().rows, 1U);
    EXPECT_EQ(rows(keyed()), in_table_);
    EXPECT_TRUE(cut_.import(request).value().already_done);
}

// Goal    while the ledger cannot be asked the outcome is unknown, and later it is known.
TEST_F(PostgresCuts, ACommitWhoseAnswerIsLostForNowIsUnknown) {
    const auto request = file(keyed(), {one_}, [&](std::uint32_t) { proxy_.refuse(true); });
    proxy_.cut(PostgresProxy::Cut::before_answer, kCommit);
    const auto unknown = cut_.import(request);
    EXPECT_EQ(unknown.error().code(), Code::unknown_outcome) << unknown.error().operator_text();
    EXPECT_EQ(rows(keyed()), in_table_);
    proxy_.refuse(false);
    EXPECT_TRUE(target_.import(request).value().already_done);
    EXPECT_EQ(rows(keyed()), in_table_);
}

// Goal    a session that the server has not noticed to be gone cannot make a file twice.
TEST_F(PostgresCuts, WhileAnOlderSessionMayCommitNobodyElseImports) {
    proxy_.cut(PostgresProxy::Cut::before_and_hold, kCommit);
    const auto request = file(keyed(), {one_});
    EXPECT_EQ(cut_.import(request).error().code(), Code::unknown_outcome);
    expect_failure(request, Code::unavailable, "holds a lock");
    EXPECT_THAT(rows(keyed()), IsEmpty());
    proxy_.let_go();
    while (!query("SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in%'").empty()) {
        std::this_thread::yield();
    }
    import(request);
    EXPECT_EQ(rows(keyed()), in_table_);
}

// Goal    fail-count loop: the connection is cut at the n-th statement of an import, before it and
//         behind it; the file ends up in the table once.
TEST_F(PostgresCuts, AnyStatementMayBeTheLast) {
    for (const auto how :
         {PostgresProxy::Cut::before_statement, PostgresProxy::Cut::before_answer}) {
        for (const std::string& statement : std::vector<std::string>{
                 "BEGIN", "SELECT c.relkind", "INSERT INTO \"in.c-shop\".\"_millrace_ledger\"",
                 "SELECT a.attname", "CREATE TEMPORARY TABLE _millrace_stage", "COPY pg_temp",
                 "INSERT INTO \"in.c-shop\".\"orders\"", "DROP TABLE pg_temp", kCommit}) {
            SCOPED_TRACE(statement);
            const auto id = std::to_string(rows(keyed()).size());
            const auto request = file(keyed(), {fmt::format("\"{}\",\"a\"\n", id)});
            const auto before = rows(keyed()).size();
            proxy_.cut(how, statement);
            const auto first = cut_.import(request);
            if (!first.ok()) {
                EXPECT_EQ(first.error().code(), Code::unavailable) << first.error().operator_text();
                EXPECT_EQ(rows(keyed()).size(), before);
            }
            const auto second = cut_.import(request);
            ASSERT_TRUE(second.ok()) << second.error().operator_text();
            EXPECT_EQ(second.value().already_done, first.ok());
            EXPECT_EQ(rows(keyed()).size(), before + 1);
        }
    }
}

// A server of their own, which they kill.
struct OwnServer {
    PostgresServer server;
};

class PostgresServerDies : private OwnServer, public TargetFixture {
protected:
    PostgresServerDies() : TargetFixture(OwnServer::server) {}
};

TEST_F(PostgresServerDies, AServerThatIsKilledAndComesBackHasEachFileOnce) {
    make(keyed());
    import(file(keyed(), {"\"0\",\"before\"\n"}));
    bool is_first = true;
    const auto request =
        file(keyed(), {"\"1\",\"a\"\n", "\"2\",\"b\"\n"}, [&](std::uint32_t slice) {
            if (slice == 1 && std::exchange(is_first, false)) server_.kill_at_once();
        });
    expect_failure(request, Code::unavailable, "");
    expect_failure(request, Code::unavailable, "cannot be reached");
    server_.start();
    PostgresTarget restarted(options_, PoolLimits{});
    const auto receipt = restarted.import(request);
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_TRUE(restarted.import(request).value().already_done);
    EXPECT_EQ(rows(keyed()), (Texts{{"0", "before"}, {"1", "a"}, {"2", "b"}}));
}

TEST_F(PostgresServerDies, AnIdleConnectionOfBeforeARestartIsNotUsed) {
    make(plain());
    server_.stop();
    server_.start();
    import(file(plain(), {"\"1\",\"a\"\n"}));
}

}  // namespace
}  // namespace millrace::postgres
