#include "storage/sqlite/database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "storage/sqlite/transaction.h"
#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

using testing_support::TempDirectory;

TEST(DatabaseTest, TextKeepsNulBytesAndInvalidUtf8) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (x TEXT)").ok());
    for (const auto& text : {std::string(), std::string("a\0b\0", 4), std::string("\xff\xfe\xc0"),
                             std::string("žluť")}) {
        ASSERT_TRUE(database.run("DELETE FROM t").ok());
        ASSERT_EQ(database.run("INSERT INTO t VALUES (?1)", text).value(), 1u);
        auto query = database.query("SELECT x, length(CAST(x AS BLOB)), typeof(x) FROM t").value();
        ASSERT_TRUE(query->step().value());
        auto row = query.row();
        EXPECT_EQ(row.text(), text);
        EXPECT_EQ(row.unsigned_integer(), text.size());
        EXPECT_EQ(row.text(), "text");
    }
}

TEST(DatabaseTest, OptionalValuesAreNullWhenAbsent) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (a TEXT, b INTEGER)").ok());
    ASSERT_TRUE(database
                    .run("INSERT INTO t VALUES (?1, ?2)", std::optional<std::string>(),
                         std::optional<std::int64_t>(7))
                    .ok());
    auto query = database.query("SELECT a, b FROM t").value();
    ASSERT_TRUE(query->step().value());
    auto row = query.row();
    EXPECT_EQ(row.optional_text(), std::nullopt);
    EXPECT_EQ(row.optional_integer(), 7);
    EXPECT_FALSE(query->step().value());
}

TEST(DatabaseTest, ACachedStatementForgetsItsBindings) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    const auto* sql = "SELECT ?1 IS NULL";
    EXPECT_EQ(database.number(sql, 5).value(), 0);
    EXPECT_EQ(database.number(sql).value(), 1);
}

TEST(DatabaseTest, OpensWithTheSettingsDurabilityNeeds) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    EXPECT_EQ(database.number("PRAGMA synchronous").value(), 2);
    EXPECT_EQ(database.number("PRAGMA foreign_keys").value(), 1);
    auto mode = database.query("PRAGMA journal_mode").value();
    ASSERT_TRUE(mode->step().value());
    EXPECT_EQ(mode.row().text(), "wal");
}

TEST(DatabaseTest, ErrorsHaveTheCodeCallersDecideBy) {
    const TempDirectory directory;
    EXPECT_EQ(Database::open(directory / "missing/db", {}).error().code(), Code::unavailable);
    EXPECT_EQ(Database::open(directory / "missing", {.read_only = true}).error().code(),
              Code::unavailable);

    std::ofstream(directory / "other") << std::string(4096, 'x');
    EXPECT_EQ(Database::open(directory / "other", {}).error().code(), Code::corrupt);

    auto database = Database::open(directory / "db", {}).value();
    EXPECT_EQ(database.execute("SELECT nothing").error().code(), Code::internal);
    ASSERT_TRUE(database.execute("CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)").ok());
    EXPECT_EQ(database.run("INSERT INTO t VALUES (1)").error().code(), Code::conflict);
    EXPECT_EQ(database.run("INSERT INTO t VALUES (?1)", 1, 2).error().code(), Code::internal);

    auto reader = Database::open(directory / "db", {.read_only = true}).value();
    EXPECT_EQ(reader.run("DELETE FROM t").error().code(), Code::unavailable);
}

TEST(DatabaseTest, AFullDatabaseIsUnavailableAndKeepsWhatItHad) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (x)").ok());
    ASSERT_TRUE(database.number("PRAGMA max_page_count = 3").ok());
    const auto full = database.run("INSERT INTO t VALUES (?1)", std::string(100'000, 'x'));
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code(), Code::unavailable);
    EXPECT_EQ(database.number("SELECT count(*) FROM t").value(), 0);
}

TEST(DatabaseTest, SeesThatItsFileWasReplaced) {
    const TempDirectory directory;
    auto database = Database::open(directory / "db", {}).value();
    EXPECT_FALSE(database.has_moved());
    std::filesystem::remove(directory / "db");
    EXPECT_TRUE(database.has_moved());
}

}  // namespace
}  // namespace millrace::sqlite
