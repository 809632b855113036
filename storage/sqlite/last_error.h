#pragma once
// The error of the last call on a connection. Here the system has said why it did not take a file:
// a quota that is used up is a full disk, too, and so is a file that cannot be made.
//
// See  sqlite_error.h; kNoSpace in core/ports/disk.h

#include "core/base/error.h"

struct sqlite3;

namespace millrace::sqlite {

// As error_from() and commit_error_from(); the call has failed.
Error last_error(sqlite3* database);
Error last_commit_error(sqlite3* database);

// Whether the system says so of a full file system or quota.
bool is_no_space(int system_error);

}  // namespace millrace::sqlite
