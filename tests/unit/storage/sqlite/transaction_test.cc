#include "storage/sqlite/transaction.h"

#include <gtest/gtest.h>

#include "storage/sqlite/read_pool.h"
#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

using testing_support::TempDirectory;

class TransactionTest : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(database_.execute("CREATE TABLE t (x)").ok()); }

    Database open(OpenOptions options = {.busy_timeout = std::chrono::milliseconds(1)}) {
        return Database::open(directory_ / "db", options).value();
    }
    static std::int64_t rows(Database& database) {
        return database.number("SELECT count(*) FROM t").value();
    }

    TempDirectory directory_;
    Database database_ = open();
};

TEST_F(TransactionTest, IsRolledBackWithoutCommit) {
    {
        const auto transaction = Transaction::begin(database_).value();
        ASSERT_TRUE(database_.run("INSERT INTO t VALUES (1)").ok());
    }
    EXPECT_FALSE(database_.in_transaction());
    EXPECT_EQ(rows(database_), 0);
}

TEST_F(TransactionTest, IsSeenByOthersOnceCommitted) {
    auto reader = open({.read_only = true});
    auto transaction = Transaction::begin(database_).value();
    ASSERT_TRUE(database_.run("INSERT INTO t VALUES (1)").ok());
    EXPECT_EQ(rows(reader), 0);
    ASSERT_TRUE(transaction.commit().ok());
    EXPECT_EQ(rows(reader), 1);
}

TEST_F(TransactionTest, ASecondWriterIsUnavailable) {
    auto other = open();
    const auto transaction = Transaction::begin(database_).value();
    EXPECT_EQ(Transaction::begin(other).error().code(), Code::unavailable);
}

TEST_F(TransactionTest, MoveHandsOverTheDutyToEndIt) {
    auto first = Transaction::begin(database_).value();
    ASSERT_TRUE(database_.run("INSERT INTO t VALUES (1)").ok());
    auto second = std::move(first);
    ASSERT_TRUE(second.commit().ok());
    EXPECT_EQ(rows(database_), 1);
}

TEST_F(TransactionTest, PoolReadersSeeCommitsAndCannotWrite) {
    ReadPool pool(directory_ / "db", {}, 1);
    ASSERT_TRUE(database_.run("INSERT INTO t VALUES (1)").ok());
    const auto nested = pool.with([&](Database& outer) -> Result<std::int64_t> {
        return pool.with(
            [&](Database& inner) -> Result<std::int64_t> { return rows(outer) + rows(inner); });
    });
    EXPECT_EQ(nested.value(), 2);
    const auto written =
        pool.with([](Database& database) { return database.run("INSERT INTO t VALUES (2)"); });
    EXPECT_EQ(written.error().code(), Code::unavailable);
}

}  // namespace
}  // namespace millrace::sqlite
