#pragma once
// The tables of catalog.sqlite, and how older ones become the newest.
//
// Format  the number of the last migration is the database's user_version.

#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

// The newest schema, which this program reads and writes.
int newest_schema();

// Brings the database to the newest schema, one transaction a step; an empty one gets all tables.
// Errors  conflict     it is not a catalog, or was written by a newer version of the program
//         unavailable, unknown_outcome  repeat it
Result<void> migrate(sqlite::Database& database);

// Errors  conflict: it is neither a catalog, of whatever version, nor empty
Result<void> require_catalog(sqlite::Database& database);

// For readers, which change nothing.
// Errors  conflict: as above, or a start would bring it to the newest schema first
Result<void> require_newest_schema(sqlite::Database& database);

// The same as migrate() up to an older schema, as older versions of the program left it.
Result<void> migrate_to(sqlite::Database& database, int schema);

}  // namespace millrace::catalog
