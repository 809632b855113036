// Goal    rows that are written in bulk come to the same as rows that are written one by one.
// Method  the same files go into two targets, one of which never writes in bulk; their tables are
//         compared as a user sees them.

#include "storage/target/sqlite/bulk_upsert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/base/csv.h"
#include "core/base/error_names.h"
#include "storage/target/sqlite/sqlite_target.h"
#include "tests/support/memory_source.h"
#include "tests/support/temp_directory.h"

namespace millrace::target {
namespace {

using sqlite::Database;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::MemorySource;
using testing_support::TempDirectory;

using Csvs = std::vector<std::string>;

const std::vector<TableColumn> kColumns = {
    {.name = "id", .primary_key = true, .data_type = DataType::integer},
    {.name = "name"},
    {.name = "at", .data_type = DataType::timestamp},
    {.name = "amount", .data_type = DataType::decimal},
    {.name = "ratio", .data_type = DataType::float64},
    {.name = "is_new", .data_type = DataType::boolean}};

TableSpec table(std::vector<TableColumn> columns) {
    return {.id = TableId::parse("in.c-shop.orders").value(), .columns = std::move(columns)};
}

TableSpec keyed() {
    return table(kColumns);
}

TableSpec plain() {
    auto columns = kColumns;
    columns.front().primary_key = false;
    return table(std::move(columns));
}

// The key is a text.
TableSpec named() {
    return table({{.name = "name", .primary_key = true}, {.name = "value"}});
}

std::string row(const std::vector<std::string>& values) {
    std::string csv;
    for (const auto& value : values) {
        if (!csv.empty()) csv.push_back(',');
        append_csv_value(csv, value);
    }
    return csv + '\n';
}

ImportRequest request(std::uint64_t file, TableSpec table, const Csvs& slices) {
    ImportRequest request;
    request.file = FileId(make_uuid_v7(AgeTime{1}, file, 0));
    request.table = std::move(table);
    request.digest = "digest-" + std::to_string(file);
    request.slices = static_cast<std::uint32_t>(slices.size());
    request.now = WallTime{1'700'000'000'000};
    for (const auto& csv : slices) {
        request.bytes += csv.size();
        request.rows += static_cast<std::uint64_t>(std::count(csv.begin(), csv.end(), '\n')) -
                        (csv.starts_with('#') ? 1 : 0);
    }
    request.open_slice = [slices](std::uint32_t slice) -> Result<std::unique_ptr<ByteSource>> {
        return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(slices.at(slice), 77));
    };
    return request;
}

class BulkUpsertTest : public testing::Test {
protected:
    void ensure(const TableSpec& table) {
        ASSERT_TRUE(bulk_.ensure_table(table).ok());
        ASSERT_TRUE(single_.ensure_table(table).ok());
    }

    // What a user does to the tables.
    void execute(const std::string& sql) {
        for (const auto* folder : {&in_bulk_, &one_by_one_}) {
            auto database = open(*folder);
            const auto done = database.execute(sql);
            ASSERT_TRUE(done.ok()) << done.error().operator_text();
        }
    }

    // Into both; the outcome is the same.
    Result<ImportReceipt> import(const ImportRequest& request) {
        auto expected = single_.import(request);
        auto imported = bulk_.import(request);
        EXPECT_EQ(imported.ok(), expected.ok());
        if (!imported.ok() && !expected.ok()) {
            EXPECT_EQ(imported.error().operator_text(), expected.error().operator_text());
            EXPECT_EQ(imported.error().name(), expected.error().name());
        }
        return imported;
    }

    static Database open(const TempDirectory& folder) {
        return Database::open(folder / "in.c-shop.sqlite", {}).value();
    }

    // The rows of a table with the columns of the test, in an order.
    static std::vector<std::string> rows(const TempDirectory& folder, const std::string& shown,
                                         const std::string& order) {
        auto database = open(folder);
        auto query = database.query("SELECT " + shown + " FROM orders ORDER BY " + order).value();
        std::vector<std::string> found;
        while (query->step().value()) found.push_back(query.row().text());
        return found;
    }

    void expect_same(const std::string& shown, const std::string& order) {
        EXPECT_EQ(rows(in_bulk_, shown, order), rows(one_by_one_, shown, order));
    }

    TempDirectory in_bulk_;
    TempDirectory one_by_one_;
    SqliteTarget bulk_{in_bulk_.path(), {}, 0};
    SqliteTarget single_{one_by_one_.path(), {}, std::numeric_limits<std::uint64_t>::max()};
};

constexpr auto kShown =
    "quote(id) || quote(name) || quote(at) || quote(amount) || quote(ratio) || quote(is_new)";

// Some of format 2 that set only some columns, some of which are NULL.
Csvs some_slices(std::mt19937& rng) {
    Csvs slices;
    const auto key = [&] { return std::to_string(rng() % 300); };
    for (int slice = 0; slice < 4; ++slice) {
        auto& csv = slices.emplace_back();
        const bool is_partial = rng() % 3 == 0;
        if (is_partial) csv = "#slice 2,\"name\",\"id\"\n";
        const auto count = rng() % 200;
        for (unsigned i = 0; i < count; ++i) {
            const auto number = std::to_string(rng() % 1000);
            if (is_partial) {
                csv += rng() % 2 == 0 ? ",\"" + key() + "\"\n" : row({"p" + number, key()});
            } else {
                csv += row({key(), rng() % 9 == 0 ? "\xff" + number : "n" + number,
                            rng() % 4 == 0 ? "" : "2026-01-31T09:30:00." + number + "Z",
                            number + ".50", number + "e-1", rng() % 2 == 0 ? "true" : "false"});
            }
        }
    }
    return slices;
}

TEST_F(BulkUpsertTest, TheLastRowOfAKeyWinsAlsoOverEarlierFiles) {
    ensure(keyed());
    std::mt19937 rng(20);
    for (std::uint64_t file = 1; file <= 30; ++file) {
        ASSERT_TRUE(import(request(file, keyed(), some_slices(rng))).ok());
    }
    expect_same(kShown, "id");
}

TEST_F(BulkUpsertTest, RowsWithoutAKeyStayInTheirOrder) {
    ensure(plain());
    std::mt19937 rng(21);
    for (std::uint64_t file = 1; file <= 10; ++file) {
        ASSERT_TRUE(import(request(file, plain(), some_slices(rng))).ok());
    }
    expect_same(kShown, "rowid");
}

TEST_F(BulkUpsertTest, OperationsAndSequencesBetweenThemAreAppliedInOrder) {
    ensure(named());
    const Csvs slices = {
        row({"a", "1"}) + row({"b", "1"}),
        "#slice 2,operation,\"name\",\"value\"\ndelete,\"a\",\nupsert,\"c\",\"1\"\n",
        row({"c", "2"}) + row({"d", "2"}), "", row({"a", "3"})};
    ASSERT_TRUE(import(request(1, named(), slices)).ok());
    expect_same("name || value", "name");
    EXPECT_THAT(rows(in_bulk_, "name || value", "name"), ElementsAre("a3", "b1", "c2", "d2"));
}

TEST_F(BulkUpsertTest, RowsThatDeleteBetweenThemAreAppliedInOrder) {
    ensure(named());
    const Csvs slices = {row({"a", "1"}) + row({"b", "1"}) + "-\"a\",\n" + row({"c", "1"}),
                         row({"a", "2"}) + row({"d", "2"}),
                         "-\"b\",\n-\"none\",\n" + row({"c", "3"}) + row({"e", "3"}) + "-\"e\",\n",
                         row({"f", "4"})};
    ASSERT_TRUE(import(request(1, named(), slices)).ok());
    expect_same("name || value", "name");
    EXPECT_THAT(rows(in_bulk_, "name || value", "name"), ElementsAre("a2", "c3", "d2", "f4"));
}

TEST_F(BulkUpsertTest, ARowThatTheTableRefusesIsNamedAsOneByOne) {
    execute(
        "CREATE TABLE orders (name TEXT NOT NULL, value TEXT CHECK (value <> 'bad'),"
        " PRIMARY KEY (name))");
    const auto refused =
        import(request(1, named(), {row({"a", "1"}), row({"b", "2"}) + row({"c", "bad"})}));
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(is_row_refused(refused.error()));
    EXPECT_TRUE(rows(in_bulk_, "name", "name").empty());
    const auto all = request(1, named(), {row({"a", "1"}), row({"b", "2"}) + row({"c", "bad"})});
    EXPECT_EQ(bulk_.find_refused(all, 10).value().size(), 1u);
}

// Goal    what a key says only at the commit is said of a row, which need not wait for ever.
TEST_F(BulkUpsertTest, ARowThatADeferredKeyRefusesIsFound) {
    execute("CREATE TABLE names (name TEXT PRIMARY KEY)");
    execute("INSERT INTO names VALUES ('1'), ('2')");
    execute(
        "CREATE TABLE orders (name TEXT NOT NULL, value TEXT REFERENCES names"
        " DEFERRABLE INITIALLY DEFERRED, PRIMARY KEY (name))");
    const auto whole = request(
        1, named(), {row({"a", "1"}), row({"b", "2"}) + row({"c", "bad"}) + row({"d", "1"})});
    for (auto* const target : {&bulk_, &single_}) {
        EXPECT_TRUE(is_row_refused(target->import(whole).error()));
        const auto found = target->find_refused(whole, 10).value();
        ASSERT_EQ(found.size(), 1u);
        EXPECT_EQ(found.front().slice, 1u);
        EXPECT_EQ(found.front().row, 1u);
        EXPECT_THAT(found.front().reason, HasSubstr("FOREIGN KEY"));
    }
    EXPECT_TRUE(rows(in_bulk_, "name", "name").empty());
    execute("INSERT INTO names VALUES ('bad')");
    EXPECT_TRUE(import(whole).ok());
}

TEST_F(BulkUpsertTest, ACellThatIsNoValueIsNamedAsOneByOne) {
    ensure(keyed());
    const auto bad = import(request(
        1, keyed(), {row({"1", "a", "", "", "", ""}), row({"2", "a", "yesterday", "", "", ""})}));
    ASSERT_FALSE(bad.ok());
    EXPECT_THAT(bad.error().operator_text(), HasSubstr("slice 2 of 2: column \"at\""));
}

// What a user added may tell in which order rows come; they come as they were sent.
TEST_F(BulkUpsertTest, TablesThatTellTheOrderGetRowsOneByOne) {
    const std::vector<std::string> tables = {
        "CREATE TABLE orders (name TEXT NOT NULL COLLATE NOCASE, value TEXT, PRIMARY KEY (name))",
        "CREATE TABLE orders (name TEXT NOT NULL, value TEXT UNIQUE ON CONFLICT REPLACE,"
        " PRIMARY KEY (name))",
        "CREATE TABLE orders (name TEXT NOT NULL, value TEXT, PRIMARY KEY (name));"
        "CREATE TABLE heard (name TEXT);"
        "CREATE TRIGGER hear AFTER INSERT ON orders BEGIN INSERT INTO heard VALUES (new.name); "
        "END"};
    std::uint64_t file = 0;
    for (const auto& sql : tables) {
        execute("DROP TABLE IF EXISTS orders; " + sql);
        for (const auto* folder : {&in_bulk_, &one_by_one_}) {
            auto database = open(*folder);
            EXPECT_FALSE(may_upsert_in_bulk(database, named()).value()) << sql;
        }
        ASSERT_TRUE(
            import(request(++file, named(),
                           {row({"b", "2"}) + row({"a", "1"}) + row({"B", "3"}) + row({"c", "2"})}))
                .ok());
        expect_same("name || value", "name");
    }
    EXPECT_THAT(rows(in_bulk_, "(SELECT group_concat(name) FROM heard)", "1 LIMIT 1"),
                ElementsAre("b,a,B,c"));
}

}  // namespace
}  // namespace millrace::target
