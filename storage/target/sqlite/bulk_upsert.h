#pragma once
// Many rows by one statement, which pulls them; a third to three times as fast as a statement each,
// the more the larger a table with a key is.
//
// A row that fails fails all of them, and which one is not known: the caller rolls back and applies
// them one by one.

#include "core/base/result.h"
#include "core/ports/slice_rows.h"
#include "core/ports/target.h"
#include "storage/sqlite/database.h"
#include "storage/target/sqlite/slice_stream.h"

namespace millrace::target {

// Whether rows of a table come to the same by one statement, which takes them in the order of their
// keys: nobody has added a trigger, a further unique index or a collation.
Result<bool> may_upsert_in_bulk(sqlite::Database& database, const TableSpec& table);

// Whether rows of the shape are upserts and nothing else.
bool may_upsert_in_bulk(const SliceShape& shape);

// Applies rows from the current one of `rows` on, which upserts, up to the first that deletes or is
// in a slice of another shape; returns whether there is one. Rows with a key are sorted in files
// that SQLite makes in its folder for them (SQLITE_TMPDIR, else TMPDIR, else /var/tmp).
Result<bool> upsert_in_bulk(sqlite::Database& database, const TableSpec& table, SliceStream& rows);

}  // namespace millrace::target
