#pragma once
// What a backup needs of its copy of the catalog, and how the copy becomes that of a restored
// installation.
//
// A backup first closes every file that has rows, so the slices of each file that it knows are
// final: whoever imports such a file, the installation that goes on or the one that is restored,
// imports the same rows under the same id, and the target takes them once. Files that are open in
// the copy were opened behind the backup, and are forgotten.
//
// Thread  the caller's; nobody else has the copy.
// See     docs/adr/0026-backup.md

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/slice.h"

namespace millrace::catalog {

// Slices whose rows are in no table yet: of files that wait or are set aside, and of loads that are
// prepared. Those of the latter have no file.
// Errors  those of the database
Result<std::vector<Slice>> waiting_slices(const std::string& copy);

struct NewInstallation {
    std::string token;  // 8 hex digits that no other restore has
    WallTime backup_at;
    WallTime now;
    Milliseconds remembered{0};  // how long targets know of an import that was made since
    bool sets_aside = false;     // everything that waits
};

struct RestoredRows {
    std::uint64_t files = 0;  // that wait, or are set aside
    std::uint64_t rows = 0;
    std::uint64_t kafka_sources = 0;  // that are paused now
};

// Brings the copy to the newest schema and makes it that of a new installation, whose one volume,
// "default", has the slices above. All of it happens, or nothing.
// Errors  conflict: a newer version of the program made it; those of the database
Result<RestoredRows> make_restored(const std::string& copy, const NewInstallation& now);

}  // namespace millrace::catalog
