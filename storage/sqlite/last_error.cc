#include "storage/sqlite/last_error.h"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "core/ports/disk.h"
#include "storage/sqlite/sqlite_error.h"

namespace millrace::sqlite {
namespace {

// SQLite says SQLITE_FULL only of ENOSPC at a write.
Error with_reason(Error error, sqlite3* database) {
    const int code = sqlite3_extended_errcode(database) & 0xff;
    const bool is_of_system = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
    if (!is_of_system || !is_no_space(sqlite3_system_errno(database))) return error;
    return std::move(error).named(kNoSpace);
}

}  // namespace

Error last_error(sqlite3* database) {
    return with_reason(error_from(sqlite3_extended_errcode(database), sqlite3_errmsg(database)),
                       database);
}

Error last_commit_error(sqlite3* database) {
    return with_reason(
        commit_error_from(sqlite3_extended_errcode(database), sqlite3_errmsg(database)), database);
}

bool is_no_space(int system_error) {
    return system_error == ENOSPC || system_error == EDQUOT;
}

}  // namespace millrace::sqlite
