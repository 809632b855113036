#include "storage/sqlite/sqlite_error.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "core/ports/disk.h"

namespace millrace::sqlite {
namespace {

constexpr int primary_code(int rc) {
    return rc & 0xff;
}

Code code_of(int rc) {
    if (rc == SQLITE_IOERR_CORRUPTFS) return Code::corrupt;
    switch (primary_code(rc)) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
        case SQLITE_NOMEM:
        case SQLITE_PERM:
        case SQLITE_INTERRUPT:
            return Code::unavailable;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Code::corrupt;
        case SQLITE_CONSTRAINT:
            return Code::conflict;
        case SQLITE_TOOBIG:
            return Code::too_large;
        default:
            return Code::internal;
    }
}

std::string describe(int rc, std::string_view message) {
    return fmt::format("{} (SQLite {})", message, rc);
}

std::string_view name_of(int rc) {
    return primary_code(rc) == SQLITE_FULL ? kNoSpace : std::string_view();
}

}  // namespace

Error error_from(int rc, std::string_view message) {
    return Error(code_of(rc), describe(rc, message)).named(name_of(rc));
}

Error commit_error_from(int rc, std::string_view message) {
    const int code = primary_code(rc);
    if (code == SQLITE_IOERR || code == SQLITE_FULL) {
        return Error(Code::unknown_outcome, describe(rc, message)).named(name_of(rc));
    }
    return error_from(rc, message);
}

}  // namespace millrace::sqlite
