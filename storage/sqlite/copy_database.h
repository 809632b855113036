#pragma once
// copy_database(): a copy of a database as it is at one moment, also while others write to it.
//
// Thread  any; it has connections of its own.

#include <string>

#include "core/base/result.h"

namespace millrace::sqlite {

// Makes `to`, one file without a log beside it, which others cannot read. The database at `from` is
// not changed, and who writes to it does not wait.
// Durable  once it returned ok, the copy survives a power loss; its name needs a sync of its
//          directory.
// Errors   conflict: `to` is there; not_found: `from` is not; those of sqlite_error.h
Result<void> copy_database(const std::string& from, const std::string& to);

}  // namespace millrace::sqlite
