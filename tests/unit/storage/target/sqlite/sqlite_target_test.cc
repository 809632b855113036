#include "storage/target/sqlite/sqlite_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <optional>

#include "core/base/csv.h"
#include "storage/sqlite/transaction.h"
#include "storage/target/sqlite/bucket_log.h"
#include "tests/support/memory_source.h"
#include "tests/support/temp_directory.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::MemorySource;
using testing_support::TempDirectory;

using Rows = std::vector<std::vector<std::string>>;

constexpr BusyTimeouts kImpatient{.import = std::chrono::milliseconds(20),
                                  .change = std::chrono::milliseconds(20)};
constexpr std::string_view kTable = "in.c-shop.orders";

TableSpec spec(std::vector<TableColumn> columns, std::string_view table = kTable) {
    return {.id = TableId::parse(table).value(), .columns = std::move(columns)};
}
TableSpec plain_table() {
    return spec({{"id", false}, {"name", false}});
}
TableSpec keyed_table() {
    return spec({{"id", true}, {"name", false}});
}

std::string csv_of(const Rows& rows) {
    std::string csv;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) csv.push_back(',');
            append_csv_value(csv, row[i]);
        }
        csv.push_back('\n');
    }
    return csv;
}

ImportRequest request(std::uint64_t file, TableSpec table, const std::vector<Rows>& slices) {
    ImportRequest request;
    request.file = FileId(make_uuid_v7(AgeTime{1}, file, 0));
    request.table = std::move(table);
    request.digest = "digest-" + std::to_string(file);
    request.slices = static_cast<std::uint32_t>(slices.size());
    request.now = WallTime{1'700'000'000'000};
    std::vector<std::string> csvs;
    for (const auto& rows : slices) {
        csvs.push_back(csv_of(rows));
        request.rows += rows.size();
        request.bytes += csvs.back().size();
    }
    request.open_slice = [csvs](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(csvs.at(slice), 7));
    };
    return request;
}

// The tests look at the database as a user does: through a connection of their own.
class SqliteTargetTest : public testing::Test {
protected:
    std::string path(const std::string& bucket = "in.c-shop") const {
        return directory_ / (bucket + ".sqlite");
    }
    Database user() const { return Database::open(path(), {}).value(); }
    void execute(const std::string& sql) const {
        auto database = user();
        const auto done = database.execute(sql);
        ASSERT_TRUE(done.ok()) << done.error().operator_text();
    }

    static Rows select(const std::string& file, const std::string& sql) {
        auto database = Database::open(file, {.read_only = true}).value();
        auto query = database.query(sql).value();
        Rows rows;
        while (query->step().value()) {
            auto row = query.row();
            auto& values = rows.emplace_back();
            for (int i = 0; i < 2; ++i) values.push_back(row.text());
        }
        return rows;
    }
    Rows orders() const { return select(path(), "SELECT id, name FROM orders ORDER BY rowid"); }
    Rows ledger() const { return select(path(), "SELECT digest, rows FROM _millrace_ledger"); }

    TempDirectory directory_;
    SqliteTarget target_{directory_.path(), kImpatient};
};

TEST_F(SqliteTargetTest, RowsOfAllSlicesAreInTheTableInOrder) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const auto receipt =
        target_.import(request(1, plain_table(), {{{"1", "a"}, {"2", "b"}}, {}, {{"1", "a"}}}));
    ASSERT_TRUE(receipt.ok()) << receipt.error().operator_text();
    EXPECT_EQ(receipt.value().rows, 3u);
    EXPECT_FALSE(receipt.value().already_done);
    EXPECT_EQ(orders(), (Rows{{"1", "a"}, {"2", "b"}, {"1", "a"}}));
    EXPECT_EQ(ledger(), (Rows{{"digest-1", "3"}}));
}

TEST_F(SqliteTargetTest, EveryByteOfAValueIsKept) {
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    const Rows rows = {{std::string("nul\0byte\0", 9), "\xff\xfe invalid \xc3"},
                       {"\"quoted\",\n", std::string("\0", 1)},
                       {"", ""},
                       {"0012.50", "žluť 1e5"}};
    ASSERT_TRUE(target_.import(request(1, keyed_table(), {rows})).ok());
    EXPECT_EQ(orders(), rows);
    EXPECT_EQ(
        select(path(), "SELECT length(CAST(id AS BLOB)), typeof(id) FROM orders WHERE rowid=1"),
        (Rows{{"9", "text"}}));
}

// Clients decode TEXT, and a SELECT fails at a value that is none.
TEST_F(SqliteTargetTest, BytesThatAreNotUtf8AreABlob) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const Rows rows = {{"1", "caf\xc3\xa9"},
                       {"2", "caf\xe9"},
                       {"3", ""},
                       {"4", std::string("a\0b", 3)},
                       {"5", "0123456\xff"}};
    ASSERT_TRUE(target_.import(request(1, plain_table(), {rows})).ok());
    EXPECT_EQ(orders(), rows) << "no byte is lost";
    EXPECT_EQ(select(path(), "SELECT id, typeof(name) FROM orders ORDER BY id"),
              (Rows{{"1", "text"}, {"2", "blob"}, {"3", "text"}, {"4", "text"}, {"5", "blob"}}));
}

// It would refuse a BLOB, and the file would wait for ever.
TEST_F(SqliteTargetTest, AStrictTableOfTheUserKeepsThemAsText) {
    execute("CREATE TABLE orders (id TEXT, name TEXT) STRICT");
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const Rows rows = {{"1", "caf\xe9"}};
    const auto imported = target_.import(request(1, plain_table(), {rows}));
    ASSERT_TRUE(imported.ok()) << imported.error().operator_text();
    EXPECT_EQ(orders(), rows);
}

// How many rows a process reads that may not write to the folder nor to the files in it; -1 with
// an error. Another user, or where that cannot be, files and folder that are read only.
int rows_for_a_reader(const std::string& folder, const std::string& file) {
    namespace fs = std::filesystem;
    const bool is_root = ::geteuid() == 0;
    const auto all_read = fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
    const auto all_enter =
        all_read | fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
    for (const auto& entry : fs::directory_iterator(folder)) fs::permissions(entry, all_read);
    fs::permissions(folder, all_enter);
    const auto child = ::fork();
    if (child == 0) {
        constexpr int kNobody = 65534;
        if (is_root && (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0)) ::_exit(255);
        sqlite3* database = nullptr;
        sqlite3_stmt* statement = nullptr;
        const bool is_read =
            sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
            sqlite3_prepare_v2(database, "SELECT count(*) FROM orders", -1, &statement, nullptr) ==
                SQLITE_OK &&
            sqlite3_step(statement) == SQLITE_ROW;
        ::_exit(is_read ? sqlite3_column_int(statement, 0) : 255);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    for (const auto& entry : fs::directory_iterator(folder)) {
        fs::permissions(entry, all_read | fs::perms::owner_write);
    }
    fs::permissions(folder, all_enter | fs::perms::owner_write);
    return WIFEXITED(status) && WEXITSTATUS(status) != 255 ? WEXITSTATUS(status) : -1;
}

// Goal    who may only read can do so while nobody has the database open.
TEST_F(SqliteTargetTest, AUserWhoMayNotWriteReadsAfterTheBucketWasClosed) {
    const auto table_in = [](int bucket) {
        return spec({{"id", false}, {"name", false}}, fmt::format("in.c-b{}.orders", bucket));
    };
    auto target = std::make_optional<SqliteTarget>(directory_.path());
    constexpr int kMoreThanAreKeptOpen = 18;
    for (int bucket = 0; bucket < kMoreThanAreKeptOpen; ++bucket) {
        ASSERT_TRUE(target->ensure_table(table_in(bucket)).ok());
        const auto file = static_cast<std::uint64_t>(bucket);
        ASSERT_TRUE(
            target->import(request(file, table_in(bucket), {{{"1", "a"}, {"2", "b"}}})).ok());
    }
    EXPECT_EQ(rows_for_a_reader(directory_.path(), path("in.c-b0")), 2) << "closed for others";
    EXPECT_EQ(rows_for_a_reader(directory_.path(), path("in.c-b17")), 2) << "open";
    target.reset();
    EXPECT_EQ(rows_for_a_reader(directory_.path(), path("in.c-b17")), 2) << "after a stop";
    EXPECT_EQ(std::filesystem::file_size(path("in.c-b17") + "-wal"), 0U) << "and costs no room";
}

// Within the search for refused rows, which takes back parts of a transaction.
TEST_F(SqliteTargetTest, WhatEndsTheWholeTransactionIsTold) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    execute("DROP TABLE orders");
    execute("CREATE TABLE orders (id TEXT, name TEXT UNIQUE ON CONFLICT ROLLBACK)");
    const auto found =
        target_.find_refused(request(1, plain_table(), {{{"1", "one"}, {"2", "one"}}}), 10);
    ASSERT_FALSE(found.ok());
    EXPECT_THAT(found.error().client_text(),
                HasSubstr("UNIQUE constraint failed: orders.name (SQLite 2067); a trigger "
                          "(RAISE(ROLLBACK)) or an ON CONFLICT ROLLBACK of the table ends"));
}

TEST_F(SqliteTargetTest, ARepeatedImportAddsNothing) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const auto first = request(1, plain_table(), {{{"1", "a"}}});
    ASSERT_TRUE(target_.import(first).ok());
    SqliteTarget restarted(directory_.path());
    for (auto* target : {&target_, &restarted}) {
        const auto again = target->import(first);
        ASSERT_TRUE(again.ok());
        EXPECT_TRUE(again.value().already_done);
        EXPECT_EQ(again.value().rows, 1u);
    }
    EXPECT_EQ(orders(), (Rows{{"1", "a"}}));

    execute("DROP TABLE orders");
    EXPECT_TRUE(target_.import(first).value().already_done) << "it was imported before the drop";
}

TEST_F(SqliteTargetTest, TheSameFileWithAnotherDigestIsCorrupt) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    ASSERT_TRUE(target_.import(request(1, plain_table(), {{{"1", "a"}}})).ok());
    auto other = request(1, plain_table(), {{{"2", "b"}}});
    other.digest = "other";
    EXPECT_EQ(target_.import(other).error().code(), Code::corrupt);
    EXPECT_EQ(orders(), (Rows{{"1", "a"}}));
}

TEST_F(SqliteTargetTest, TheLastRowOfAKeyWins) {
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    ASSERT_TRUE(
        target_.import(request(1, keyed_table(), {{{"1", "a"}, {"2", "b"}}, {{"1", "c"}}})).ok());
    EXPECT_EQ(orders(), (Rows{{"1", "c"}, {"2", "b"}}));
    ASSERT_TRUE(target_.import(request(2, keyed_table(), {{{"2", "d"}, {"3", "e"}}})).ok());
    EXPECT_EQ(orders(), (Rows{{"1", "c"}, {"2", "d"}, {"3", "e"}}));

    const auto both = spec({{"id", true}, {"name", true}}, "in.c-shop.pairs");
    ASSERT_TRUE(target_.ensure_table(both).ok());
    ASSERT_TRUE(target_.import(request(3, both, {{{"1", "a"}, {"1", "a"}, {"1", "b"}}})).ok());
    EXPECT_EQ(select(path(), "SELECT id, name FROM pairs"), (Rows{{"1", "a"}, {"1", "b"}}));
}

TEST_F(SqliteTargetTest, MissingOrMalformedRowsAreCorruptAndNothingIsImported) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    auto fewer = request(1, plain_table(), {{{"1", "a"}, {"2", "b"}}});
    fewer.rows = 3;
    auto other_bytes = request(2, plain_table(), {{{"1", "a"}, {"2", "b"}}});
    ++other_bytes.bytes;
    auto narrow = request(3, plain_table(), {{{"1", "a"}}, {{"2"}}});
    auto cut = request(4, plain_table(), {{{"1", "a"}}});
    cut.open_slice = [](std::uint32_t) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>("\"1\",\"a\"\n\"2"));
    };
    cut.bytes = 10;
    for (const auto& bad : {fewer, other_bytes, narrow, cut}) {
        EXPECT_EQ(target_.import(bad).error().code(), Code::corrupt);
    }
    EXPECT_THAT(orders(), IsEmpty());
    EXPECT_THAT(ledger(), IsEmpty());
}

TEST_F(SqliteTargetTest, AnErrorOfASliceIsPassedOnAndNothingIsImported) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const auto good = request(1, plain_table(), {{{"1", "a"}}, {{"2", "b"}}});
    auto failing = good;
    failing.open_slice = [&](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        if (slice == 1) return Error(Code::unavailable, "staging is away");
        return good.open_slice(slice);
    };
    const auto failed = target_.import(failing);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code(), Code::unavailable);
    EXPECT_THAT(failed.error().operator_text(), HasSubstr("slice 2 of 2: staging is away"));
    EXPECT_THAT(orders(), IsEmpty());
    EXPECT_EQ(target_.import(good).value().rows, 2u);
}

// Goal    a crash during an import leaves neither rows nor a ledger row, so a repeat imports all.
// Method  copy the files of the database inside the import, as a crash leaves them, and use the
// copy.
TEST_F(SqliteTargetTest, ACrashDuringAnImportLeavesNothingOfIt) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const auto good = request(1, plain_table(), {Rows(2000, {"1", "a"}), {{"2", "b"}}});
    std::filesystem::create_directory(directory_ / "crashed");
    auto watched = good;
    watched.open_slice = [&](std::uint32_t slice) {
        if (slice == 1) {
            for (const std::string suffix : {"", "-wal"}) {
                std::filesystem::copy_file(path() + suffix,
                                           directory_ / ("crashed/in.c-shop.sqlite" + suffix));
            }
        }
        return good.open_slice(slice);
    };
    ASSERT_TRUE(target_.import(watched).ok());

    SqliteTarget recovered(directory_ / "crashed");
    EXPECT_FALSE(recovered.import(good).value().already_done);
    EXPECT_EQ(
        select(directory_ / "crashed/in.c-shop.sqlite", "SELECT count(*), max(id) FROM orders"),
        (Rows{{"2001", "2"}}));
}

TEST_F(SqliteTargetTest, AnEqualTableIsAcceptedAndADifferentOneRefused) {
    const auto table = spec({{"id", true}, {"name", false}});
    ASSERT_TRUE(target_.ensure_table(table).ok());
    EXPECT_TRUE(target_.ensure_table(table).ok());
    const auto text = [&](const TableSpec& other) {
        const auto refused = target_.ensure_table(other);
        EXPECT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::conflict);
        return refused.error().client_text();
    };
    EXPECT_EQ(text(spec({{"note", false}, {"id", true}})),
              "columns of the table \"in.c-shop.orders\" do not match expected [\"note\", \"id\"], "
              "found [\"id\", \"name\"]: \"note\" is missing");
    EXPECT_TRUE(target_.ensure_table(spec({{"name", false}, {"id", true}})).ok()) << "any order";
    EXPECT_EQ(
        text(spec({{"ID", false}, {"name", false}})),
        "- columns of the table \"in.c-shop.orders\" do not match expected [\"ID\", \"name\"], "
        "found [\"id\", \"name\"]: \"ID\" is there as \"id\", \"id\" is NOT NULL without a "
        "default, "
        "and the sink has no such column\n"
        "- primary key of the table \"in.c-shop.orders\" does not match expected [], "
        "found [\"id\"]");
    EXPECT_TRUE(target_.ensure_table(spec({{"id", true}})).ok()) << "the name can be NULL";
    EXPECT_THAT(text(plain_table()), HasSubstr("primary key of the table"));
    EXPECT_THAT(text(spec({{"id", true}, {"name", false}}, "in.c-shop.Orders")),
                HasSubstr("differs only by case"));
    execute("CREATE VIEW seen AS SELECT 1");
    EXPECT_THAT(text(spec({{"id", true}}, "in.c-shop.seen")), HasSubstr("is a view"));
    execute("CREATE TABLE made (id TEXT, v AS (id), s AS (id) STORED)");
    for (const auto* name : {"v", "s"}) {
        EXPECT_THAT(text(spec({{"id", false}, {name, false}}, "in.c-shop.made")),
                    HasSubstr("is generated, and cannot be set"));
    }
    execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY)");
    EXPECT_THAT(text(spec({{"id", true}}, "in.c-shop.numbers")), HasSubstr("type INTEGER"));
}

TEST_F(SqliteTargetTest, AColumnThatARowMustHaveCannotBeLeftOut) {
    execute("CREATE TABLE orders (id TEXT, name TEXT NOT NULL)");
    const auto refused = target_.ensure_table(spec({{"id", false}}));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(
        refused.error().client_text(),
        "columns of the table \"in.c-shop.orders\" do not match expected [\"id\"], found "
        "[\"id\", \"name\"]: \"name\" is NOT NULL without a default, and the sink has no such "
        "column");
    execute("DROP TABLE orders");
    execute("CREATE TABLE orders (id TEXT, name TEXT NOT NULL DEFAULT 'x', twice AS (id || id))");
    ASSERT_TRUE(target_.ensure_table(spec({{"id", false}})).ok());
    ASSERT_TRUE(target_.import(request(1, spec({{"id", false}}), {{{"1"}}})).ok());
    EXPECT_EQ(orders(), (Rows{{"1", "x"}}));
}

// Goal    a column that cannot be added leaves the table as it was, and says why.
TEST_F(SqliteTargetTest, ColumnsAreAddedAllOrNone) {
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    const auto columns = [&] {
        return select(path(), "SELECT group_concat(name), '' FROM pragma_table_info('orders')");
    };
    for (const auto& more :
         {spec({{"id", true}, {"name", false}, {"new", false}, {"key", true}}),
          spec({{"id", true}, {"NAME", false}, {"new", false}}),
          spec({{"id", true}, {.name = "name", .data_type = DataType::date}, {"new", false}})}) {
        EXPECT_EQ(target_.add_columns(more).error().code(), Code::conflict);
        EXPECT_EQ(columns(), (Rows{{"id,name", ""}}));
    }
    const auto added = spec({{"id", true},
                             {.name = "at", .data_type = DataType::timestamp},
                             {"name", false},
                             {.name = "n", .data_type = DataType::integer}});
    ASSERT_TRUE(target_.add_columns(added).ok());
    EXPECT_EQ(columns(), (Rows{{"id,name,at,n", ""}}));
    execute("CREATE TABLE strict_one (id TEXT) STRICT");
    const auto refused = target_.add_columns(
        spec({{"id", false}, {.name = "j", .data_type = DataType::json}}, "in.c-shop.strict_one"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().client_text(), HasSubstr("column \"j\" cannot be added"));
}

TEST_F(SqliteTargetTest, EveryDataTypeHasItsStorageClass) {
    const auto typed = spec({{.name = "s"},
                             {.name = "i", .primary_key = true, .data_type = DataType::integer},
                             {.name = "d", .data_type = DataType::decimal},
                             {.name = "f", .data_type = DataType::float64},
                             {.name = "b", .data_type = DataType::boolean},
                             {.name = "day", .data_type = DataType::date},
                             {.name = "at", .data_type = DataType::timestamp},
                             {.name = "j", .data_type = DataType::json}});
    ASSERT_TRUE(target_.ensure_table(typed).ok());
    EXPECT_TRUE(target_.ensure_table(typed).ok());
    EXPECT_EQ(select(path(), "SELECT name, type FROM pragma_table_info('orders')"),
              (Rows{{"s", "TEXT"},
                    {"i", "INTEGER"},
                    {"d", "DECIMAL_TEXT"},
                    {"f", "DOUBLE"},
                    {"b", "BOOLEAN"},
                    {"day", "DATE"},
                    {"at", "TIMESTAMP"},
                    {"j", "JSON_TEXT"}}));
    const Rows rows = {
        {"", "-9223372036854775808", "12345678901234567890.10", "0.10", "true", "2024-02-29",
         "2026-01-02 03:04:05+01:00", "1.50"},
        {"", "2", "", "", "null", "", "", ""},
    };
    ASSERT_TRUE(target_.import(request(1, typed, {rows})).ok());
    const std::string columns =
        "s || '|' || i || '|' || d || '|' || f || '|' || b || '|' || day"
        " || '|' || at || '|' || j";
    const std::string types =
        "typeof(s) || ' ' || typeof(i) || ' ' || typeof(d) || ' ' ||"
        " typeof(f) || ' ' || typeof(b) || ' ' || typeof(day) || ' ' ||"
        " typeof(at) || ' ' || typeof(j)";
    EXPECT_EQ(select(path(), "SELECT " + columns + ", " + types + " FROM orders ORDER BY i"),
              (Rows{{"|-9223372036854775808|12345678901234567890.10|0.1|1|2024-02-29|"
                     "2026-01-02T02:04:05.000000Z|1.50",
                     "text integer text real integer text text text"},
                    {"", "text integer null null null null null null"}}));

    const auto broken = target_.import(request(2, typed, {{{"", "x", "", "", "", "", "", ""}}}));
    ASSERT_FALSE(broken.ok());
    EXPECT_EQ(broken.error().code(), Code::corrupt);
    EXPECT_THAT(broken.error().operator_text(), HasSubstr("column \"i\": the cell is no value"));
}

TEST_F(SqliteTargetTest, TheDataTypeOfAColumnOfATableCannotChange) {
    const auto types = {DataType::string,    DataType::integer, DataType::decimal,
                        DataType::float64,   DataType::boolean, DataType::date,
                        DataType::timestamp, DataType::json};
    const auto table_of = [](DataType made, DataType wanted) {
        return spec({{.name = "x", .data_type = wanted}},
                    fmt::format("in.c-shop.t{}", static_cast<int>(made)));
    };
    for (const auto made : types) ASSERT_TRUE(target_.ensure_table(table_of(made, made)).ok());
    for (const auto made : types) {
        for (const auto wanted : types) {
            SCOPED_TRACE(fmt::format("{} to {}", to_string(made), to_string(wanted)));
            const auto ensured = target_.ensure_table(table_of(made, wanted));
            ASSERT_EQ(ensured.ok(), made == wanted);
            if (ensured.ok()) continue;
            EXPECT_EQ(ensured.error().code(), Code::conflict);
        }
    }
    EXPECT_EQ(
        target_.ensure_table(table_of(DataType::string, DataType::date)).error().client_text(),
        "column \"x\" of the table \"in.c-shop.t0\" has the type TEXT, expected DATE for the "
        "dataType DATE");
}

TEST_F(SqliteTargetTest, ATableOfTheUserMayNameItsTypesOtherwise) {
    execute("CREATE TABLE orders (s VARCHAR(9), i BIGINT, f REAL, b Boolean, t Timestamp)");
    EXPECT_TRUE(target_
                    .ensure_table(spec({{.name = "s"},
                                        {.name = "i", .data_type = DataType::integer},
                                        {.name = "f", .data_type = DataType::float64},
                                        {.name = "b", .data_type = DataType::boolean},
                                        {.name = "t", .data_type = DataType::timestamp}}))
                    .ok());
}

TEST_F(SqliteTargetTest, NamesAreQuotedAndReservedOnesRefused) {
    const auto odd =
        spec({{"we\"ird; --", true}, {"select", false}, {"žluť 1", false}}, "in.c-shop.order");
    ASSERT_TRUE(target_.ensure_table(odd).ok());
    EXPECT_TRUE(target_.ensure_table(odd).ok());
    ASSERT_TRUE(target_.import(request(1, odd, {{{"1", "a", "x"}, {"1", "b", "y"}}})).ok());
    EXPECT_EQ(select(path(), R"(SELECT "we""ird; --", "select" FROM "order")"), (Rows{{"1", "b"}}));
    for (const auto* table : {"in.c-shop.sqlite_x", "in.c-shop._Millrace_ledger"}) {
        EXPECT_EQ(target_.ensure_table(spec({{"id", false}}, table)).error().code(), Code::invalid);
    }
    for (const auto* column : {"", "SQLITE_x", "_millrace"}) {
        EXPECT_EQ(target_.ensure_table(spec({{column, false}})).error().code(), Code::invalid);
    }
}

TEST_F(SqliteTargetTest, ATableThatWasDroppedOrChangedIsAConflictUntilItIsBack) {
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    const auto file = request(1, keyed_table(), {{{"1", "a"}}});
    for (const auto* change : {"DROP TABLE orders", "CREATE TABLE orders (id TEXT, name TEXT)",
                               "DROP TABLE orders; CREATE TABLE orders (id TEXT PRIMARY KEY, name "
                               "TEXT, more TEXT NOT NULL)"}) {
        execute(change);
        const auto refused = target_.import(file);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::conflict);
        EXPECT_THAT(refused.error().operator_text(), HasSubstr("in.c-shop.orders"));
    }
    execute("DROP TABLE orders");
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    EXPECT_FALSE(target_.import(file).value().already_done);
    EXPECT_EQ(orders(), (Rows{{"1", "a"}}));
}

TEST_F(SqliteTargetTest, ARemovedDatabaseIsNoticed) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path() + suffix);
    const auto file = request(1, plain_table(), {{{"1", "a"}}});
    const auto refused = target_.import(file);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), Code::conflict);
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("enable the sink"));
    EXPECT_THAT(refused.error().operator_text(), HasSubstr("millrace table create"));
    EXPECT_FALSE(std::filesystem::exists(path())) << "an empty one would hide that it is gone";
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    ASSERT_TRUE(target_.import(file).ok());
    EXPECT_EQ(orders(), (Rows{{"1", "a"}}));
}

TEST_F(SqliteTargetTest, AReaderDoesNotStopAnImportAndAWriterMakesItUnavailable) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    auto reader = user();
    ASSERT_TRUE(reader.execute("BEGIN").ok());
    EXPECT_EQ(reader.number("SELECT count(*) FROM orders").value(), 0);
    EXPECT_TRUE(target_.import(request(1, plain_table(), {{{"1", "a"}}})).ok());

    auto writer = user();
    const auto second = request(2, plain_table(), {{{"2", "b"}}});
    {
        const auto held = sqlite::Transaction::begin(writer).value();
        EXPECT_EQ(target_.import(second).error().code(), Code::unavailable);
        EXPECT_EQ(target_.ensure_table(spec({{"id", false}}, "in.c-shop.new")).error().code(),
                  Code::unavailable);
        EXPECT_TRUE(target_.ensure_table(plain_table()).ok()) << "it is there, and equal";
        EXPECT_EQ(target_.ensure_table(keyed_table()).error().code(), Code::conflict);
    }
    EXPECT_TRUE(target_.import(second).ok());
    EXPECT_EQ(reader.number("SELECT count(*) FROM orders").value(), 0) << "its snapshot stays";
    EXPECT_EQ(orders(), (Rows{{"1", "a"}, {"2", "b"}}));
}

// Goal    a change of tables does not wait until a long import of the bucket ends.
// Method  change them while an import waits for its second slice.
TEST_F(SqliteTargetTest, ChangesOfTablesDoNotWaitForARunningImport) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    const auto other = spec({{"id", false}}, "in.c-shop.other");
    ASSERT_TRUE(target_.ensure_table(other).ok());
    const auto good = request(1, plain_table(), {{{"1", "a"}}, {{"2", "b"}}});
    auto watched = good;
    std::vector<std::future<Result<void>>> changes;
    watched.open_slice = [&](std::uint32_t slice) {
        if (slice == 1) {
            const auto change = [&](auto task) {
                changes.push_back(std::async(std::launch::async, task));
                EXPECT_EQ(changes.back().wait_for(std::chrono::seconds(10)),
                          std::future_status::ready);
            };
            change([&] { return target_.ensure_table(plain_table()); });
            change([&] { return target_.ensure_table(spec({{"id", false}}, "in.c-shop.new")); });
            change([&] { return target_.drop_table(other.id); });
        }
        return good.open_slice(slice);
    };
    ASSERT_TRUE(target_.import(watched).ok());
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_TRUE(changes[0].get().ok());
    for (const auto index : {1U, 2U}) {
        const auto refused = changes[index].get();
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), Code::unavailable);
    }
    EXPECT_EQ(orders(), (Rows{{"1", "a"}, {"2", "b"}}));
    EXPECT_TRUE(target_.drop_table(other.id).ok());
}

// Goal    a bucket that somebody keeps locked does not keep the imports into others waiting.
// Method  the times are the real ones: an import gives up long before SQLite would by itself.
TEST_F(SqliteTargetTest, AnImportIntoALockedBucketGivesUpSoon) {
    SqliteTarget target(directory_.path());
    const auto other = spec({{"id", false}}, "out.c-other.orders");
    ASSERT_TRUE(target.ensure_table(plain_table()).ok());
    ASSERT_TRUE(target.ensure_table(other).ok());
    auto writer = user();
    const auto held = sqlite::Transaction::begin(writer).value();
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(target.import(request(1, plain_table(), {{{"1", "a"}}})).error().code(),
              Code::unavailable);
    EXPECT_TRUE(target.import(request(2, other, {{{"1"}}})).ok());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, sqlite::OpenOptions{}.busy_timeout / 2);
}

TEST_F(SqliteTargetTest, AConstraintOfTheUserIsAConflict) {
    execute("CREATE TABLE orders (id TEXT, name TEXT, CHECK (name <> 'bad'))");
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    EXPECT_EQ(
        target_.import(request(1, plain_table(), {{{"1", "ok"}, {"2", "bad"}}})).error().code(),
        Code::conflict);
    EXPECT_THAT(orders(), IsEmpty());
}

TEST_F(SqliteTargetTest, BucketsAreSeparateFilesAndMayBeMany) {
    for (int round = 0; round < 2; ++round) {
        for (int bucket = 0; bucket < 40; ++bucket) {
            const auto table = spec({{"id", false}}, fmt::format("out.c-b{}.t", bucket));
            ASSERT_TRUE(target_.ensure_table(table).ok());
            ASSERT_TRUE(target_
                            .import(request(static_cast<std::uint64_t>(round * 40 + bucket), table,
                                            {{{std::to_string(bucket)}}}))
                            .ok());
        }
    }
    EXPECT_EQ(select(path("out.c-b7"), "SELECT count(*), max(id) FROM t"), (Rows{{"2", "7"}}));
}

TEST_F(SqliteTargetTest, OnlyTheFilesThatAreForgottenLeaveTheLedger) {
    const auto id = [](std::uint64_t file) { return request(file, plain_table(), {}).file; };
    EXPECT_TRUE(target_.forget(plain_table().id, {id(1)}).ok());
    EXPECT_FALSE(std::filesystem::exists(path())) << "made by forgetting";
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    for (const std::uint64_t file : {1U, 2U, 3U}) {
        ASSERT_TRUE(target_.import(request(file, plain_table(), {{{"1", "a"}}})).ok());
    }
    ASSERT_TRUE(target_.forget(plain_table().id, {id(1), id(3), id(4)}).ok());
    EXPECT_EQ(ledger(), (Rows{{"digest-2", "1"}}));
    EXPECT_EQ(orders().size(), 3U);

    execute("DROP TABLE _millrace_ledger");
    EXPECT_TRUE(target_.forget(plain_table().id, {id(2)}).ok());
    auto writer = user();
    const auto held = sqlite::Transaction::begin(writer).value();
    EXPECT_EQ(target_.forget(plain_table().id, {id(2)}).error().code(), Code::unavailable);
}

TEST_F(SqliteTargetTest, AnImportLeavesNoPagesInMemory) {
    ASSERT_TRUE(target_.ensure_table(keyed_table()).ok());
    Rows rows;
    for (int i = 0; i < 2000; ++i) rows.push_back({std::to_string(i), std::string(4096, 'x')});
    const auto before = sqlite3_memory_used();
    ASSERT_TRUE(target_.import(request(1, keyed_table(), {rows})).ok());
    EXPECT_LT(sqlite3_memory_used() - before, 1 << 20);
}

TEST_F(SqliteTargetTest, ALargeImportOfRowsWithoutKeysNeedsLittleMemory) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    Rows rows;
    for (int i = 0; i < 4000; ++i) rows.push_back({std::to_string(i), std::string(4096, 'x')});
    const auto large = request(1, plain_table(), {rows});
    const auto before = sqlite3_memory_used();
    sqlite3_memory_highwater(1);
    ASSERT_TRUE(target_.import(large).ok());
    EXPECT_LT(sqlite3_memory_highwater(0) - before, 12 << 20);
}

TEST_F(SqliteTargetTest, ADroppedTableLeavesTheOthersAndTheLastTakesTheBucket) {
    const auto other = spec({{"id", false}}, "in.c-shop.other");
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    ASSERT_TRUE(target_.ensure_table(other).ok());
    ASSERT_TRUE(target_.import(request(1, plain_table(), {{{"1", "a"}}})).ok());

    ASSERT_TRUE(target_.drop_table(plain_table().id).ok());
    ASSERT_TRUE(target_.drop_table(plain_table().id).ok()) << "again";
    EXPECT_EQ(user().number("SELECT count(*) FROM sqlite_schema WHERE name = 'orders'").value(), 0);
    EXPECT_EQ(user().number("SELECT count(*) FROM other").value(), 0);
    EXPECT_EQ(user().number("SELECT count(*) FROM _millrace_ledger").value(), 1);

    ASSERT_TRUE(target_.drop_table(other.id).ok());
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        EXPECT_FALSE(std::filesystem::exists(path() + suffix)) << suffix;
    }
    EXPECT_TRUE(target_.ensure_table(other).ok()) << "a bucket can be made again";
}

TEST_F(SqliteTargetTest, ABucketWithSomethingOfTheUserStays) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    execute("CREATE VIEW mine AS SELECT 1 AS one");
    ASSERT_TRUE(target_.drop_table(plain_table().id).ok());
    EXPECT_EQ(user().number("SELECT one FROM mine").value(), 1);
    execute("CREATE VIEW orders AS SELECT 1");
    EXPECT_EQ(target_.drop_table(plain_table().id).error().code(), Code::conflict);
}

// Goal    what a delete left is as documented, and is nothing that keeps a bucket.
TEST_F(SqliteTargetTest, TombstonesGoWithTheirTableAndKeepNoBucket) {
    const auto table = spec({{"id", true}, {.name = "at", .data_type = DataType::integer}});
    const std::string slice = "#slice 2,operation,\"id\",sequence \"at\"\ndelete,\"1\",\"7\"\n";
    auto file = request(1, table, {{}});
    file.rows = 1;
    file.bytes = slice.size();
    file.open_slice = [&](std::uint32_t) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(slice));
    };
    const auto tombstones = [&] {
        return select(path(), "SELECT id, at FROM _millrace_tombstones_orders");
    };
    ASSERT_TRUE(target_.ensure_table(table).ok());
    ASSERT_TRUE(target_.import(file).ok());
    EXPECT_EQ(tombstones(), (Rows{{"1", "7"}}));

    execute("DROP TABLE orders");
    ASSERT_TRUE(target_.ensure_table(table).ok());
    EXPECT_EQ(user().number("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%tomb%'").value(),
              0);
    file.file = request(2, table, {}).file;
    ASSERT_TRUE(target_.import(file).ok());
    EXPECT_EQ(tombstones(), (Rows{{"1", "7"}}));

    const auto other = spec({{"id", false}}, "in.c-shop.other");
    ASSERT_TRUE(target_.ensure_table(other).ok());
    execute("DROP TABLE orders");
    ASSERT_TRUE(target_.drop_table(other.id).ok());
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(SqliteTargetTest, ADatabaseThatIsNoneIsCorrupt) {
    std::filesystem::create_directories(directory_.path());
    {
        auto* file = std::fopen(path().c_str(), "w");
        std::fputs(std::string(5000, 'x').c_str(), file);
        std::fclose(file);
    }
    EXPECT_EQ(target_.ensure_table(plain_table()).error().code(), Code::corrupt);
}

// Goal    a stop does not wait for an import, also not for a row that takes long.
// Method  a trigger of the user that would run for hours; the stop comes while it does.
TEST_F(SqliteTargetTest, AStopGivesAnImportUpInTheMiddleOfARow) {
    ASSERT_TRUE(target_.ensure_table(plain_table()).ok());
    execute(
        "CREATE TRIGGER slow BEFORE INSERT ON orders BEGIN SELECT count(*) FROM (WITH RECURSIVE"
        " n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n); END");
    std::atomic<bool> stop = false;
    auto file = request(1, plain_table(), {{{"1", "a"}}});
    file.stop = &stop;
    const auto open_slice = file.open_slice;
    std::promise<void> begun;
    file.open_slice = [&](std::uint32_t slice) {
        begun.set_value();
        return open_slice(slice);
    };
    auto outcome = std::async(std::launch::async, [&] { return target_.import(file); });
    begun.get_future().wait();
    stop = true;
    EXPECT_EQ(outcome.get().error().code(), Code::unavailable);
    execute("DROP TRIGGER slow");
    stop = false;
    begun = std::promise<void>();
    ASSERT_TRUE(target_.import(file).ok());
    EXPECT_EQ(orders(), (Rows{{"1", "a"}}));
}

// Rows of about 50 MB: enough for SQLite to move the log by itself, and for ours to be long.
std::vector<Rows> many_rows(std::size_t count = 500) {
    return {Rows(count, {"1", std::string(100'000, 'x')})};
}

class SqliteTargetLogTest : public SqliteTargetTest {
protected:
    void SetUp() override { ASSERT_TRUE(target_.ensure_table(plain_table()).ok()); }
    std::uint64_t database_bytes() const { return std::filesystem::file_size(path()); }
    std::uint64_t log_bytes() const { return std::filesystem::file_size(path() + "-wal"); }
};

TEST_F(SqliteTargetLogTest, AnImportMovesItsLogIntoTheDatabase) {
    ASSERT_TRUE(target_.import(request(1, plain_table(), many_rows())).ok());
    EXPECT_GT(database_bytes(), 50'000'000U);
}

// Goal    no log is moved while another connection can commit: that is what an SQLite with the
//         WAL-reset fault may lose a commit by.
// Method  a program begins to write as soon as the rows are committed, which is when the log would
//         be moved; it is seen to wait or be waited for, never to be passed by.
TEST_F(SqliteTargetLogTest, NoLogIsMovedWhileAnotherConnectionMayCommit) {
    auto connection = Database::open(path(), {.busy_timeout = std::chrono::milliseconds(20),
                                              .commits_checkpoint = false})
                          .value();
    {
        auto transaction = sqlite::Transaction::begin(connection).value();
        ASSERT_TRUE(connection
                        .run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                             "i < 1000) INSERT INTO orders SELECT i, zeroblob(20000) FROM n")
                        .ok());
        ASSERT_TRUE(transaction.commit().ok());
    }
    ASSERT_TRUE(is_log_long(connection));
    const auto before = database_bytes();
    auto writer = user();
    {
        const auto lock = sqlite::Transaction::begin(writer).value();
        EXPECT_EQ(move_log(connection, path()).error().code(), Code::unavailable);
        EXPECT_EQ(database_bytes(), before);
    }
    EXPECT_TRUE(move_log(connection, path()).value());
    EXPECT_GT(database_bytes(), before);
}

TEST_F(SqliteTargetLogTest, CommitsOfOtherConnectionsMoveNoLog) {
    const auto stays_open = Database::open(path(), {.read_only = true}).value();
    ASSERT_TRUE(target_.import(request(1, plain_table(), {{{"1", "a"}}})).ok());
    const auto before = database_bytes();
    // Each is a connection of its own, which writes a little to a log that grows.
    for (int i = 0; i < 400; ++i) {
        const auto table = spec({{"id", false}}, "in.c-shop.t" + std::to_string(i));
        ASSERT_TRUE(target_.ensure_table(table).ok());
    }
    EXPECT_EQ(database_bytes(), before);
}

// Goal    the log that a long reader made grow is cut when the reader has gone, without an import.
TEST_F(SqliteTargetLogTest, ALogIsCutWhenItsReaderHasGone) {
    auto reader = Database::open(path(), {.read_only = true}).value();
    ASSERT_TRUE(reader.execute("BEGIN").ok());
    ASSERT_EQ(reader.number("SELECT count(*) FROM orders").value(), 0);
    for (std::uint64_t file = 1; file <= 2; ++file) {
        ASSERT_TRUE(target_.import(request(file, plain_table(), many_rows())).ok());
    }
    const auto logs = target_.logs();
    ASSERT_TRUE(logs.ok());
    ASSERT_EQ(logs.value().size(), 1U);
    EXPECT_EQ(logs.value()[0].bucket, "in.c-shop");
    EXPECT_GT(logs.value()[0].bytes, 100'000'000U);

    const auto held = target_.tidy();
    ASSERT_FALSE(held.ok());
    EXPECT_EQ(held.error().code(), Code::unavailable);
    EXPECT_THAT(held.error().operator_text(), HasSubstr("log of bucket in.c-shop"));

    ASSERT_TRUE(reader.execute("COMMIT").ok());
    const auto tidied = target_.tidy();
    ASSERT_TRUE(tidied.ok()) << tidied.error().operator_text();
    EXPECT_LE(log_bytes(), kLogKeptBytes);
    EXPECT_EQ(user().number("SELECT count(*) FROM orders").value(), 1000);
}

// Goal    the log of a database that is away for a while has all of its rows when it is back.
// Method  a copy of both files, as a crash leaves them; the database is moved away and back.
TEST_F(SqliteTargetLogTest, ALogWithoutItsDatabaseIsLeftAlone) {
    const auto away = directory_ / "away";
    std::uint64_t bytes = 0;
    {
        auto reader = Database::open(path(), {.read_only = true}).value();
        ASSERT_TRUE(reader.execute("BEGIN").ok());
        ASSERT_EQ(reader.number("SELECT count(*) FROM orders").value(), 0);
        for (std::uint64_t file = 1; file <= 2; ++file) {
            ASSERT_TRUE(target_.import(request(file, plain_table(), many_rows())).ok());
        }
        bytes = log_bytes();
        ASSERT_GT(bytes, kLogKeptBytes);
        std::filesystem::copy(path(), away);
        std::filesystem::copy(path() + "-wal", away + "-wal");
    }
    for (const auto* suffix : {"", "-shm"}) std::filesystem::remove(path() + suffix);
    std::filesystem::rename(away + "-wal", path() + "-wal");
    ASSERT_TRUE(target_.tidy().ok());
    EXPECT_FALSE(std::filesystem::exists(path())) << "an empty one would drop the log";
    EXPECT_EQ(log_bytes(), bytes);
    std::filesystem::rename(away, path());
    EXPECT_EQ(user().number("SELECT count(*) FROM orders").value(), 1000);
}

}  // namespace
}  // namespace millrace::target
