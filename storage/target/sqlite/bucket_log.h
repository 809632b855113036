#pragma once
// BucketLog: when and how the log (WAL) of a bucket is moved into its database.
//
// No commit moves it by itself: an SQLite with the WAL-reset fault can lose a commit that comes
// while another connection moves the log. So one connection moves it while another one of ours
// holds the write lock of the database, and no program, ours or not, can commit meanwhile.
//
// Thread  that of the database.
// See     docs/adr/0010-sqlite-checkpoints.md

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::target {

// A log longer than this is cut back to it once all of it is in the database; also the limit that
// SQLite has for a log that begins anew.
inline constexpr std::uint64_t kLogKeptBytes = 64 << 20;

// Whether enough is in the log, by the last commit of the connection, to be moved.
bool is_log_long(const sqlite::Database& database);

// Moves the log of the database at `path` as far as readers let; `database` is an open connection
// to it. Returns whether all of it was moved.
// Errors  unavailable: somebody writes now
Result<bool> move_log(sqlite::Database& database, const std::string& path);

// Cuts a log that was moved back to kLogKeptBytes. A reader may prevent it.
// Errors  unavailable: somebody writes now
Result<void> cut_log(sqlite::Database& database);

}  // namespace millrace::target
