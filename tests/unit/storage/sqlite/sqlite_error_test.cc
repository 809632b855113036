#include "storage/sqlite/sqlite_error.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "core/ports/disk.h"

namespace millrace::sqlite {
namespace {

TEST(ErrorTest, ACommitThatFailsByTheDiskMayHaveHappened) {
    const struct {
        int rc;
        Code code;
        Code commit_code;
    } cases[] = {
        {SQLITE_IOERR_FSYNC, Code::unavailable, Code::unknown_outcome},
        {SQLITE_IOERR_WRITE, Code::unavailable, Code::unknown_outcome},
        {SQLITE_FULL, Code::unavailable, Code::unknown_outcome},
        {SQLITE_BUSY, Code::unavailable, Code::unavailable},
        {SQLITE_BUSY_SNAPSHOT, Code::unavailable, Code::unavailable},
        {SQLITE_READONLY_DBMOVED, Code::unavailable, Code::unavailable},
        {SQLITE_CANTOPEN, Code::unavailable, Code::unavailable},
        {SQLITE_CORRUPT_INDEX, Code::corrupt, Code::corrupt},
        {SQLITE_NOTADB, Code::corrupt, Code::corrupt},
        {SQLITE_CONSTRAINT_NOTNULL, Code::conflict, Code::conflict},
        {SQLITE_TOOBIG, Code::too_large, Code::too_large},
        {SQLITE_ERROR, Code::internal, Code::internal},
    };
    for (const auto& [rc, code, commit_code] : cases) {
        EXPECT_EQ(error_from(rc, "x").code(), code) << rc;
        EXPECT_EQ(commit_error_from(rc, "x").code(), commit_code) << rc;
    }
}

TEST(ErrorTest, AFullDiskHasItsName) {
    EXPECT_EQ(error_from(SQLITE_FULL, "x").name(), kNoSpace);
    EXPECT_EQ(commit_error_from(SQLITE_FULL, "x").name(), kNoSpace);
    for (const int rc : {SQLITE_IOERR_WRITE, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_ERROR}) {
        EXPECT_EQ(error_from(rc, "x").name(), "") << rc;
        EXPECT_EQ(commit_error_from(rc, "x").name(), "") << rc;
    }
}

}  // namespace
}  // namespace millrace::sqlite
