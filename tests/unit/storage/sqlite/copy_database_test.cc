#include "storage/sqlite/copy_database.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "storage/sqlite/database.h"
#include "storage/sqlite/transaction.h"
#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

namespace fs = std::filesystem;

class CopyDatabaseTest : public testing::Test {
protected:
    Database open(std::uint32_t page_bytes) {
        auto database = Database::open(from_, {.page_bytes = page_bytes}).value();
        check(database.execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)").ok(), "t");
        return database;
    }
    std::int64_t copied_rows() {
        auto copy = Database::open(to_, {.read_only = true}).value();
        return copy.number("SELECT count(*) FROM t").value();
    }

    testing_support::TempDirectory directory_;
    const std::string from_ = directory_ / "from.sqlite";
    const std::string to_ = directory_ / "to.sqlite";
};

TEST_F(CopyDatabaseTest, ACopyIsOneFileOfItsOwnerWithAllThatIsCommitted) {
    for (const std::uint32_t page_bytes : {4096U, 8192U}) {
        SCOPED_TRACE(page_bytes);
        auto database = open(page_bytes);
        const auto copied = copy_database(from_, to_);
        ASSERT_TRUE(copied.ok()) << copied.error().operator_text();
        EXPECT_FALSE(fs::exists(to_ + "-wal"));
        EXPECT_EQ(fs::status(to_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
        EXPECT_EQ(copied_rows(), 2);
        EXPECT_EQ(database.number("SELECT count(*) FROM t").value(), 2) << "it can go on";
        fs::remove(from_);
        fs::remove(from_ + "-wal");
        fs::remove(from_ + "-shm");
        fs::remove(to_);
    }
}

TEST_F(CopyDatabaseTest, WhatIsNotCommittedIsNotInItAndDoesNotHoldItUp) {
    auto database = open(4096);
    const auto transaction = Transaction::begin(database).value();
    ASSERT_TRUE(database.execute("INSERT INTO t VALUES (3)").ok());
    ASSERT_TRUE(copy_database(from_, to_).ok());
    EXPECT_EQ(copied_rows(), 2);
}

TEST_F(CopyDatabaseTest, NothingIsReplacedOrMade) {
    EXPECT_EQ(copy_database(from_, to_).error().code(), Code::not_found);
    EXPECT_FALSE(fs::exists(from_)) << "made by copying";
    open(4096);
    ASSERT_TRUE(copy_database(from_, to_).ok());
    EXPECT_EQ(copy_database(from_, to_).error().code(), Code::conflict);
}

}  // namespace
}  // namespace millrace::sqlite
