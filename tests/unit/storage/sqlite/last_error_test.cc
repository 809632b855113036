#include "storage/sqlite/last_error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "core/ports/disk.h"
#include "storage/sqlite/database.h"
#include "tests/support/temp_directory.h"

namespace millrace::sqlite {
namespace {

TEST(LastErrorTest, AFileSystemAndAQuotaCanBeFull) {
    for (const int why : {ENOSPC, EDQUOT}) EXPECT_TRUE(is_no_space(why));
    for (const int why : {0, EIO, EROFS, EMFILE}) EXPECT_FALSE(is_no_space(why));
}

TEST(LastErrorTest, ADatabaseThatMayNotGrowIsFull) {
    const testing_support::TempDirectory directory;
    auto opened = Database::open(directory / "x.sqlite", {});
    ASSERT_TRUE(opened.ok());
    auto& database = opened.value();
    ASSERT_TRUE(database.execute("CREATE TABLE t (c)").ok());
    ASSERT_TRUE(database.execute("PRAGMA max_page_count = 4").ok());
    const auto full = database.execute("INSERT INTO t VALUES (zeroblob(1000000))");
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().name(), kNoSpace);
    EXPECT_EQ(full.error().code(), Code::unavailable);
}

TEST(LastErrorTest, WhatCannotBeOpenedForAnotherReasonIsNotFull) {
    const auto opened = Database::open("/no/such/folder/x.sqlite", {});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Code::unavailable);
    EXPECT_EQ(opened.error().name(), "");
}

}  // namespace
}  // namespace millrace::sqlite
