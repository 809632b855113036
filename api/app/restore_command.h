#pragma once
// The command `millrace restore BACKUP DIR`: makes a data folder of a backup.
//
// The installation that starts on it has an epoch of its own: its volume, its objects in staging
// and its receipts are called otherwise than those of the installation before, and it removes
// nothing of that. Files that were imported since the backup are imported once: their ids are the
// same, and their target remembers them for the time that the backup says.
//
// See  docs/adr/0026-backup.md

#include "api/app/command_output.h"
#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

inline constexpr std::string_view kOlderSwitch = "older";
inline constexpr std::string_view kDamagedSwitch = "damaged";

// Errors  not_found, corrupt, conflict: the backup, or what is in DIR; conflict: it is older than
//         targets remember imports; unavailable. DIR is then no data folder, and says so
Result<CommandOutput> restore_backup(const config::Command& command);

}  // namespace millrace
