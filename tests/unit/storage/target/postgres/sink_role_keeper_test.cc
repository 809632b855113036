// Roles of sinks in a real database, whose server asks them for their passwords. The role of the
// dsn is no superuser: it owns its database and may create roles.

#include "storage/target/postgres/sink_role_keeper.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/support/clocks.h"
#include "tests/support/counting_rng.h"
#include "tests/support/memory_sink_tokens.h"
#include "tests/unit/storage/target/postgres/target_fixture.h"

namespace millrace::postgres {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing_support::MemorySinkTokens;
using testing_support::PostgresServer;

const TargetName kWarehouse("warehouse");

void ask_for_passwords(PostgresServer& server) {
    std::ofstream(server.folder() + "/data/pg_hba.conf")
        << "local all millrace trust\nlocal all chief trust\nlocal all lesser trust\n"
           "local all all scram-sha-256\n";
    server.stop();
    server.start();
    server.query("postgres", "CREATE ROLE chief LOGIN CREATEROLE");
    server.query("postgres", "CREATE ROLE lesser LOGIN");
}

PostgresServer& server_with_passwords() {
    static PostgresServer server;
    static const bool is_ready = (ask_for_passwords(server), true);
    return is_ready ? server : PostgresServer::shared();
}

// What is done with a session of a role, and what comes of it.
std::string outcome_of(Connection& session, const std::string& sql) {
    const auto rows = session.run(sql);
    if (!rows.ok()) return session.last_failure() ? session.last_failure()->state : "broken";
    std::string text;
    for (std::size_t i = 0; i < rows.value().size(); ++i) text += rows.value().text(i, 0);
    return text.empty() ? std::string(rows.value().command()) : text;
}

class SinkRoleKeeperTest : public TargetFixture {
protected:
    SinkRoleKeeperTest() : TargetFixture(server_with_passwords()) {
        query(fmt::format("ALTER DATABASE {} OWNER TO chief", database_));
        as_chief_.dsn = fmt::format("host={} user=chief dbname={}", server_.folder(), database_);
    }

    RoleOptions roles(MemorySinkTokens& tokens, RoleUse use = RoleUse::automatic) {
        return {
            .use = use,
            .target = kWarehouse,
            .tokens = tokens,
            .clock = clock_,
            .random = random_,
            .tell_refused = [this](const SinkToken& token) { refused_.push_back(token.reason); }};
    }

    static std::string next_space() {
        static int last = 0;
        return fmt::format("{:08x}", ++last);
    }

    static Sink sink(std::uint64_t number, const TableSpec& table) {
        Sink made;
        made.key = {{ProjectId(1), BranchId(1), SourceId("shop")},
                    SinkId(fmt::format("sink-{}", number))};
        made.number = SinkNumber(number);
        made.target = kWarehouse;
        made.table = table.id;
        return made;
    }

    // Its table, its role and a file of it.
    void make_sink(PostgresTarget& target, std::uint64_t number, const TableSpec& table) {
        const auto made = target.ensure_table(table);
        ASSERT_TRUE(made.ok()) << made.error().operator_text();
        const auto given = target.give_access(sink(number, table), Renewal::yes);
        ASSERT_TRUE(given.ok()) << given.error().operator_text();
    }

    ImportRequest file_of(std::uint64_t number, const TableSpec& table, const std::string& rows) {
        auto request = file(table, {rows});
        tokens_.files[request.file] = SinkNumber(number);
        return request;
    }

    static void import_into(PostgresTarget& target, const ImportRequest& request,
                            bool already_done = false) {
        const auto receipt = target.import(request);
        ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
        EXPECT_EQ(receipt.value().already_done, already_done);
    }

    std::string role_of(std::uint64_t number) { return token_of(number).role; }
    const SinkToken& token_of(std::uint64_t number) {
        return tokens_.tokens.at({kWarehouse, SinkNumber(number)});
    }

    Connection session_of(std::uint64_t number) {
        const auto& token = token_of(number);
        auto opened =
            Connection::open(as_chief_, nullptr, {.role = token.role, .password = token.password});
        EXPECT_TRUE(opened.ok()) << opened.error().operator_text();
        return std::move(opened).value();
    }

    Texts roles_there() const {
        return query(
            fmt::format("SELECT rolname FROM pg_roles WHERE rolname LIKE"
                        " 'millrace_{}_%' ORDER BY 1",
                        space_));
    }

    const std::string space_ = next_space();
    test::ManualClock clock_;
    test::CountingRng random_{test::CountingRng::kLargeStep};
    MemorySinkTokens tokens_{space_};
    std::vector<std::string> refused_;
    ConnectOptions as_chief_ = options_;
};

TEST_F(SinkRoleKeeperTest, ASinkWritesAsItsRoleWhichMayDoNothingElse) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    const auto others = spec({{.name = "id"}}, "in.c-other.rows");
    make_sink(target, 1, keyed());
    make_sink(target, 2, others);
    import_into(target, file_of(1, keyed(), "\"1\",\"a\"\n\"1\",\"b\"\n"));
    EXPECT_EQ(rows(keyed()), (Texts{{"1", "b"}}));
    EXPECT_EQ(query("SELECT role_name FROM \"in.c-shop\"._millrace_ledger"), (Texts{{role_of(1)}}));
    EXPECT_EQ(query(fmt::format("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles"
                                " WHERE rolname = '{}'",
                                role_of(1))),
              (Texts{{"[_internal] Stream Sink shop/sink-1"}}));
    auto session = session_of(1);
    struct Row {
        const char* sql;
        const char* outcome;
    };
    for (const auto& [sql, outcome] : {
             Row{"INSERT INTO \"in.c-shop\".orders VALUES ('2', 'c')", "INSERT 0 1"},
             Row{"SELECT name FROM \"in.c-shop\".orders WHERE id = '2'", "c"},
             Row{"DELETE FROM \"in.c-shop\".orders WHERE id = '2'", "DELETE 1"},
             Row{"TRUNCATE \"in.c-shop\".orders", "42501"},
             Row{"ALTER TABLE \"in.c-shop\".orders ADD COLUMN x text", "42501"},
             Row{"DROP TABLE \"in.c-shop\".orders", "42501"},
             Row{"CREATE TABLE \"in.c-shop\".mine (x text)", "42501"},
             Row{"CREATE SCHEMA mine", "42501"},
             Row{"CREATE ROLE mine", "42501"},
             Row{"SELECT * FROM \"in.c-other\".rows", "42501"},
             Row{"INSERT INTO \"in.c-other\".rows VALUES ('1')", "42501"},
             Row{"SELECT * FROM \"in.c-other\"._millrace_ledger", "42501"},
         }) {
        EXPECT_EQ(outcome_of(session, sql), outcome) << sql;
    }
}

// Goal    rows are deleted by their keys, and where there is no key there is no right to it.
TEST_F(SinkRoleKeeperTest, ASinkDeletesRowsOfATableWithAKey) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    const auto unkeyed = spec({{.name = "id"}}, "in.c-shop.unkeyed");
    make_sink(target, 1, keyed());
    make_sink(target, 2, unkeyed);
    import_into(target, file_of(1, keyed(), "\"1\",\"a\"\n\"2\",\"b\"\n"));
    import_into(target, file_of(1, keyed(), "#slice 2,operation,\"id\",\"name\"\ndelete,\"2\",\n"));
    EXPECT_EQ(rows(keyed()), (Texts{{"1", "a"}}));
    auto session = session_of(2);
    EXPECT_EQ(outcome_of(session, "DELETE FROM \"in.c-shop\".unkeyed"), "42501");
}

TEST_F(SinkRoleKeeperTest, ARoleSeesItsOwnRowsOfTheLedgerAlone) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    const auto second = spec({{.name = "id"}}, "in.c-shop.second");
    make_sink(target, 1, plain());
    make_sink(target, 2, second);
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    import_into(target, file_of(2, second, "\"1\"\n"));
    import_into(target, file(plain(), {"\"2\",\"of a load\"\n"}));
    auto session = session_of(1);
    const std::string ledger = "\"in.c-shop\"._millrace_ledger";
    EXPECT_EQ(outcome_of(session, "SELECT count(*) FROM " + ledger), "1");
    EXPECT_EQ(outcome_of(session, "SELECT role_name FROM " + ledger), role_of(1));
    EXPECT_EQ(outcome_of(session, "UPDATE " + ledger + " SET rows = 0"), "42501");
    EXPECT_EQ(outcome_of(session, "DELETE FROM " + ledger), "42501");
    EXPECT_EQ(
        outcome_of(session, fmt::format("INSERT INTO {} (file_id, table_name, rows, bytes, digest,"
                                        " imported_at, role_name) VALUES ('x', 't', 1, 1, 'd',"
                                        " now(), '{}')",
                                        ledger, role_of(2))),
        "42501");
    EXPECT_EQ(query("SELECT role_name, table_name FROM " + ledger + " ORDER BY 1"),
              (Texts{{"chief", "orders"}, {role_of(1), "orders"}, {role_of(2), "second"}}));
}

TEST_F(SinkRoleKeeperTest, SinksOfASchemaMayWriteTheTablesOfEachOther) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    const auto second = spec({{.name = "id", .primary_key = true}}, "in.c-shop.second");
    make_sink(target, 1, plain());
    make_sink(target, 2, second);
    import_into(target, file_of(1, second, "\"1\"\n"));
    import_into(target, file_of(2, plain(), "\"1\",\"a\"\n"));
    EXPECT_THAT(rows(plain()), SizeIs(1));
    EXPECT_THAT(rows(second), SizeIs(1));
    EXPECT_THAT(roles_there(), SizeIs(3));  // with their group
}

TEST_F(SinkRoleKeeperTest, ColumnsThatAreAddedAreWrittenToo) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    const auto wider = spec({{.name = "id"}, {.name = "name"}, {.name = "price"}});
    ASSERT_TRUE(target.add_columns(wider).ok());
    import_into(target, file_of(1, wider, "\"1\",\"a\",\"2\"\n"));
    EXPECT_EQ(rows(wider), (Texts{{"1", "a", "2"}}));
}

TEST_F(SinkRoleKeeperTest, AColumnThatCountsUpIsWritten) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    ASSERT_TRUE(target.ensure_table(plain()).ok());
    query("ALTER TABLE \"in.c-shop\".orders ADD COLUMN number bigserial");
    make_sink(target, 1, plain());
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    EXPECT_EQ(query("SELECT number FROM \"in.c-shop\".orders"), (Texts{{"1"}}));
}

// Goal    an installation from before: its ledger has no names of roles, and files in it are not
//         imported again by the role that the sink has now, nor the other way round.
TEST_F(SinkRoleKeeperTest, WhatAnotherRoleHasImportedIsNotImportedAgain) {
    PostgresTarget before(as_chief_, {});
    ASSERT_TRUE(before.ensure_table(plain()).ok());
    const auto old = file_of(1, plain(), "\"1\",\"a\"\n");
    import_into(before, old);
    query("ALTER TABLE \"in.c-shop\"._millrace_ledger DROP COLUMN role_name");

    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    import_into(target, old, true);
    const auto later = file_of(1, plain(), "\"2\",\"b\"\n");
    import_into(target, later);
    import_into(before, later, true);
    EXPECT_EQ(rows(plain()), (Texts{{"1", "a"}, {"2", "b"}}));
    EXPECT_EQ(query("SELECT role_name FROM \"in.c-shop\"._millrace_ledger ORDER BY 1"),
              (Texts{{"chief"}, {role_of(1)}}));
    auto wrong = old;
    wrong.digest = "another";
    EXPECT_EQ(target.import(wrong).error().code(), Code::corrupt);
}

// Goal    a copy that was restored shares the database with the first installation.
TEST_F(SinkRoleKeeperTest, InstallationsThatShareADatabaseDoNotMeet) {
    PostgresTarget first(as_chief_, {}, roles(tokens_));
    make_sink(first, 1, plain());
    const auto request = file_of(1, plain(), "\"1\",\"a\"\n");
    import_into(first, request);
    MemorySinkTokens tokens(next_space());
    PostgresTarget restored(as_chief_, {}, roles(tokens));
    make_sink(restored, 1, plain());
    const auto other = file_of(1, plain(), "\"2\",\"b\"\n");
    tokens.files = tokens_.files;
    import_into(restored, request, true);
    import_into(restored, other);
    EXPECT_EQ(query("SELECT count(DISTINCT role_name) FROM \"in.c-shop\"._millrace_ledger"),
              (Texts{{"2"}}));
    import_into(first, file_of(1, plain(), "\"3\",\"c\"\n"));
    restored.take_access(SinkNumber(1));
    ASSERT_TRUE(restored.tidy().ok());
    import_into(first, file_of(1, plain(), "\"4\",\"d\"\n"));
    EXPECT_THAT(rows(plain()), SizeIs(4));
    EXPECT_THAT(tokens.tokens, IsEmpty());
}

TEST_F(SinkRoleKeeperTest, WhatAnOperatorTookIsNamedAndGivenBackByARenewal) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    const auto group = RoleNames(space_, kWarehouse).of_schema("in.c-shop");
    int id = 0;
    for (const auto& sql : {
             fmt::format("DROP ROLE {}", role_of(1)),
             fmt::format("ALTER ROLE {} PASSWORD 'other'", role_of(1)),
             fmt::format("ALTER ROLE {} NOLOGIN", role_of(1)),
             fmt::format("ALTER ROLE {} VALID UNTIL '2020-01-01'", role_of(1)),
             fmt::format("REVOKE \"{}\" FROM {}", group, role_of(1)),
             fmt::format("REVOKE INSERT ON \"in.c-shop\".orders FROM \"{}\"", group),
             fmt::format("REVOKE ALL ON \"in.c-shop\"._millrace_ledger FROM \"{}\"", group),
             fmt::format("DROP OWNED BY \"{0}\"; DROP ROLE \"{0}\"", group),
         }) {
        SCOPED_TRACE(sql);
        // A session that is open would not ask for its password again.
        PostgresTarget anew(as_chief_, {}, roles(tokens_));
        for (std::size_t begin = 0; begin < sql.size();) {
            const auto end = std::min(sql.find("; ", begin), sql.size());
            query(sql.substr(begin, end - begin));
            begin = end + 2;
        }
        const auto request = file_of(1, plain(), fmt::format("\"{}\",\"a\"\n", ++id));
        const auto failed = anew.import(request);
        ASSERT_FALSE(failed.ok());
        EXPECT_EQ(failed.error().code(), Code::conflict);
        EXPECT_EQ(failed.error().name(), kSinkRoleRefused);
        EXPECT_THAT(failed.error().operator_text(), HasSubstr("disable and enable the sink"));
        ASSERT_TRUE(anew.give_access(sink(1, plain()), Renewal::yes).ok());
        import_into(anew, request);
        EXPECT_THAT(rows(plain()), SizeIs(static_cast<std::size_t>(id)));
    }
}

TEST_F(SinkRoleKeeperTest, ARenewalIsAnotherPasswordAndAnotherSession) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    const auto before = token_of(1);
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    ASSERT_TRUE(target.give_access(sink(1, plain()), Renewal::no).ok());
    EXPECT_EQ(token_of(1).password.expose(), before.password.expose());
    ASSERT_TRUE(target.renew_access_later(sink(1, plain())).ok());
    EXPECT_EQ(token_of(1).state, SinkTokenState::due);
    import_into(target, file_of(1, plain(), "\"2\",\"b\"\n"));
    EXPECT_EQ(token_of(1).state, SinkTokenState::ready);
    EXPECT_EQ(token_of(1).role, before.role);
    EXPECT_NE(token_of(1).password.expose(), before.password.expose());
    const auto old =
        Connection::open(as_chief_, nullptr, {.role = before.role, .password = before.password});
    EXPECT_EQ(old.error().name(), kLoginRefused);
}

// Goal    the process may end at any save of a token: no role is left that nobody knows of, and the
//         next import does what is due.
TEST_F(SinkRoleKeeperTest, ACrashBetweenRoleAndTokenLeavesNeitherAlone) {
    ASSERT_TRUE(PostgresTarget(as_chief_, {}).ensure_table(plain()).ok());
    for (int saves = 0; saves < 2; ++saves) {
        SCOPED_TRACE(saves);
        PostgresTarget target(as_chief_, {}, roles(tokens_));
        tokens_.saves_left = saves;
        EXPECT_EQ(target.give_access(sink(1, plain()), Renewal::yes).error().code(),
                  Code::unavailable);
        tokens_.saves_left = -1;
        for (const auto& role : roles_there()) {
            EXPECT_FALSE(tokens_.tokens.empty()) << role.front();
        }
        PostgresTarget restarted(as_chief_, {}, roles(tokens_));
        import_into(restarted, file_of(1, plain(), "\"1\",\"a\"\n"));
    }
    EXPECT_EQ(token_of(1).state, SinkTokenState::ready);
    // The sink itself was never saved.
    tokens_.gone.insert(SinkNumber(1));
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    ASSERT_TRUE(target.tidy().ok());
    EXPECT_THAT(tokens_.tokens, SizeIs(1)) << "a sink may be saved in a moment";
    clock_.advance(std::chrono::minutes(2));
    ASSERT_TRUE(target.tidy().ok());
    EXPECT_THAT(tokens_.tokens, IsEmpty());
    EXPECT_THAT(roles_there(), IsEmpty());
}

TEST_F(SinkRoleKeeperTest, RolesWithoutATokenAreDroppedAfterAStart) {
    {
        PostgresTarget target(as_chief_, {}, roles(tokens_));
        make_sink(target, 1, plain());
        make_sink(target, 2, spec({{.name = "id"}}, "in.c-other.rows"));
    }
    tokens_.tokens.erase({kWarehouse, SinkNumber(2)});
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    ASSERT_TRUE(target.tidy().ok());
    EXPECT_EQ(roles_there(),
              (Texts{{RoleNames(space_, kWarehouse).of_schema("in.c-shop")}, {role_of(1)}}));
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
}

TEST_F(SinkRoleKeeperTest, ASinkThatIsGoneLeavesNoRoleAndItsFilesAreImported) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    target.take_access(SinkNumber(1));
    EXPECT_THAT(roles_there(), IsEmpty());
    import_into(target, file_of(1, plain(), "\"2\",\"b\"\n"));
    EXPECT_EQ(query("SELECT role_name FROM \"in.c-shop\"._millrace_ledger"
                    " ORDER BY imported_at DESC LIMIT 1"),
              (Texts{{"chief"}}));
    make_sink(target, 1, plain());  // undeleted
    import_into(target, file_of(1, plain(), "\"3\",\"c\"\n"));
    EXPECT_THAT(rows(plain()), SizeIs(3));
    target.take_access(SinkNumber(1));
    ASSERT_TRUE(target.drop_table(plain().id).ok());
    EXPECT_THAT(query("SELECT 1 FROM pg_namespace WHERE nspname = 'in.c-shop'"), IsEmpty());
}

TEST_F(SinkRoleKeeperTest, ASinkThatMovesToAnotherSchemaMayNotWriteToTheOldOne) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    const auto elsewhere = spec({{.name = "id"}, {.name = "name"}}, "in.c-new.orders");
    make_sink(target, 1, plain());
    ASSERT_TRUE(target.ensure_table(elsewhere).ok());
    ASSERT_TRUE(target.give_access(sink(1, elsewhere), Renewal::no).ok());
    auto session = session_of(1);
    EXPECT_EQ(outcome_of(session, "SELECT * FROM \"in.c-shop\".orders"), "42501");
    import_into(target, file_of(1, elsewhere, "\"1\",\"a\"\n"));
    import_into(target, file_of(1, plain(), "\"2\",\"accepted before\"\n"));
    EXPECT_EQ(roles_there(),
              (Texts{{RoleNames(space_, kWarehouse).of_schema("in.c-new")}, {role_of(1)}}));
}

TEST_F(SinkRoleKeeperTest, WhereRolesCannotBeMadeSinksWriteAsTheRoleOfTheDsn) {
    query(fmt::format("ALTER DATABASE {} OWNER TO lesser", database_));
    auto options = as_chief_;
    options.dsn = fmt::format("host={} user=lesser dbname={}", server_.folder(), database_);
    PostgresTarget target(options, {}, roles(tokens_));
    make_sink(target, 1, plain());
    EXPECT_EQ(token_of(1).state, SinkTokenState::refused);
    EXPECT_THAT(token_of(1).reason, HasSubstr("ALTER ROLE ... CREATEROLE"));
    EXPECT_THAT(refused_, IsEmpty());
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    EXPECT_TRUE(target.probe().ok());

    PostgresTarget strict(options, {}, roles(tokens_, RoleUse::on));
    EXPECT_THAT(strict.probe().error().operator_text(), HasSubstr("CREATEROLE"));
    const auto request = file_of(1, plain(), "\"2\",\"b\"\n");
    EXPECT_EQ(strict.import(request).error().name(), kSinkRoleRefused);
    EXPECT_EQ(strict.give_access(sink(1, plain()), Renewal::yes).error().code(), Code::conflict);
    query("ALTER ROLE lesser CREATEROLE");
    import_into(strict, request);
    EXPECT_EQ(token_of(1).state, SinkTokenState::ready);
    query("ALTER ROLE lesser NOCREATEROLE");
    strict.take_access(SinkNumber(1));
    EXPECT_THAT(tokens_.tokens, SizeIs(1)) << "it may not drop the role";
    query("ALTER ROLE lesser CREATEROLE");
    strict.take_access(SinkNumber(1));
    EXPECT_THAT(tokens_.tokens, IsEmpty());
    query("ALTER ROLE lesser NOCREATEROLE");
}

TEST_F(SinkRoleKeeperTest, ATableOfOthersIsWrittenAsTheRoleOfTheDsn) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    query("CREATE SCHEMA \"in.c-shop\" AUTHORIZATION chief");
    query("CREATE TABLE \"in.c-shop\".orders (id text, name text)");
    query("GRANT SELECT, INSERT, UPDATE, DELETE ON \"in.c-shop\".orders TO chief");
    make_sink(target, 1, plain());
    EXPECT_EQ(token_of(1).state, SinkTokenState::refused);
    EXPECT_THAT(token_of(1).reason, HasSubstr("WITH GRANT OPTION"));
    EXPECT_THAT(refused_, SizeIs(1));
    EXPECT_THAT(roles_there(), IsEmpty());
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    query("ALTER TABLE \"in.c-shop\".orders OWNER TO chief");
    make_sink(target, 1, plain());
    EXPECT_EQ(token_of(1).state, SinkTokenState::ready);
    import_into(target, file_of(1, plain(), "\"2\",\"b\"\n"));
}

TEST_F(SinkRoleKeeperTest, WhereRolesAreOffThoseOfBeforeGo) {
    {
        PostgresTarget target(as_chief_, {}, roles(tokens_));
        make_sink(target, 1, plain());
    }
    PostgresTarget target(as_chief_, {}, roles(tokens_, RoleUse::off));
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    ASSERT_TRUE(target.tidy().ok());
    EXPECT_THAT(roles_there(), IsEmpty());
    EXPECT_THAT(tokens_.tokens, IsEmpty());
}

TEST_F(SinkRoleKeeperTest, WhereRolesAreWantedSinksOfBeforeGetThem) {
    ASSERT_TRUE(PostgresTarget(as_chief_, {}).ensure_table(plain()).ok());
    SinkToken token;
    token.sink = SinkNumber(1);
    token.key = sink(1, plain()).key;
    token.table = plain().id;
    tokens_.missing.push_back(token);
    PostgresTarget target(as_chief_, {}, roles(tokens_, RoleUse::on));
    ASSERT_TRUE(target.tidy().ok());
    import_into(target, file_of(1, plain(), "\"1\",\"a\"\n"));
    EXPECT_EQ(query("SELECT role_name FROM \"in.c-shop\"._millrace_ledger"), (Texts{{role_of(1)}}));
}

TEST_F(SinkRoleKeeperTest, SessionsOfAllRolesTogetherAreBounded) {
    PostgresTarget target(as_chief_, {.connections_max = 2}, roles(tokens_));
    for (std::uint64_t number = 1; number <= 5; ++number) make_sink(target, number, plain());
    for (std::uint64_t number = 1; number <= 5; ++number) {
        import_into(target, file_of(number, plain(), fmt::format("\"{}\",\"a\"\n", number)));
        EXPECT_LE(target.connections(), 2U);
    }
    EXPECT_EQ(query(fmt::format("SELECT count(*) <= 2 FROM pg_stat_activity WHERE datname = '{}'"
                                " AND usename <> 'millrace' AND state = 'idle'",
                                database_)),
              (Texts{{"t"}}));
}

// Goal    a sink is deleted, and its role dropped, while a file of it is imported: that is in the
//         table once, now or by the role of the dsn.
TEST_F(SinkRoleKeeperTest, ARoleThatIsDroppedAmidAnImportLosesAndDoublesNothing) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    for (const auto& table :
         {plain(), spec({{.name = "id", .primary_key = true}}, "in.c-k.keyed")}) {
        make_sink(target, 1, table);
        auto request = file(table, {table.columns.size() == 1 ? "\"1\"\n" : "\"1\",\"a\"\n"},
                            [&](std::uint32_t) { target.take_access(SinkNumber(1)); });
        tokens_.files[request.file] = SinkNumber(1);
        const auto first = target.import(request);
        EXPECT_THAT(tokens_.tokens, IsEmpty()) << "nothing waits for the import";
        if (!first.ok()) {
            EXPECT_EQ(first.error().name(), kSinkRoleRefused);
        }
        import_into(target, request, first.ok());
        EXPECT_THAT(rows(table), SizeIs(1));
        EXPECT_THAT(roles_there(), IsEmpty());
    }
}

TEST_F(SinkRoleKeeperTest, ManySinksThatAreDueAtOnceAllWrite) {
    PostgresTarget target(as_chief_, {.connections_max = 3}, roles(tokens_));
    constexpr std::uint64_t kSinks = 6;
    std::vector<ImportRequest> requests;
    for (std::uint64_t number = 1; number <= kSinks; ++number) {
        make_sink(target, number, plain());
        ASSERT_TRUE(target.renew_access_later(sink(number, plain())).ok());
        requests.push_back(file_of(number, plain(), fmt::format("\"{}\",\"a\"\n", number)));
    }
    std::atomic<int> imported = 0;
    std::vector<std::thread> workers;
    for (const auto& request : requests) {
        workers.emplace_back([&] { imported += target.import(request).ok() ? 1 : 0; });
    }
    for (auto& worker : workers) worker.join();
    EXPECT_EQ(imported, static_cast<int>(kSinks));
    EXPECT_THAT(rows(plain()), SizeIs(kSinks));
}

// Goal    one role that is kept out keeps out no other.
TEST_F(SinkRoleKeeperTest, ARoleThatIsGoneHoldsUpNoOther) {
    PostgresTarget target(as_chief_, {}, roles(tokens_));
    make_sink(target, 1, plain());
    make_sink(target, 2, plain());
    PostgresTarget anew(as_chief_, {}, roles(tokens_));
    query(fmt::format("DROP ROLE {}", role_of(1)));
    EXPECT_FALSE(anew.import(file_of(1, plain(), "\"1\",\"a\"\n")).ok());
    import_into(anew, file_of(2, plain(), "\"2\",\"b\"\n"));
    import_into(anew, file(plain(), {"\"3\",\"of a load\"\n"}));
}

}  // namespace
}  // namespace millrace::postgres
