#pragma once
// The one place that turns a SQLite result code into an Error.

#include <string_view>

#include "core/base/error.h"

namespace millrace::sqlite {

// `rc` is a failed (extended) result code, `message` what SQLite says about it.
//   unavailable  full (kNoSpace), I/O error, read-only, cannot open, busy: nothing was changed
//   corrupt      the file is damaged or not a database
//   conflict     a constraint of the table refuses the row
//   too_large    a value or statement is over a limit of SQLite
//   internal     anything else: the statement is wrong
Error error_from(int rc, std::string_view message);

// The same for a failed COMMIT. After an I/O error or a full disk the commit record may have
// reached the disk all the same: unknown_outcome.
Error commit_error_from(int rc, std::string_view message);

}  // namespace millrace::sqlite
