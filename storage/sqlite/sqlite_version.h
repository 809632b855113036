#pragma once
// The SQLite that runs, and what is known to be wrong with it.

#include <string>

namespace millrace::sqlite {

std::string library_version();  // "3.40.1"

// Whether the version, as sqlite3_libversion_number() counts, has the WAL-reset fault: a commit can
// be lost when one connection checkpoints while another one commits. Fixed in 3.51.3, and in 3.50.7
// and 3.44.6 of the older lines.
// See  docs/adr/0010-sqlite-checkpoints.md
bool has_wal_reset_fault(int version_number);
bool has_wal_reset_fault();  // of the one that runs

}  // namespace millrace::sqlite
