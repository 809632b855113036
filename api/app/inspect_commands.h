#pragma once
// The commands `millrace inspect ...`: look at what is on disk, change nothing, and may be used
// beside a running service. Their exit code is ExitCode::failure if anything is damaged.
//
// Errors  those of the inspections

#include "api/app/command_output.h"
#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

inline constexpr std::string_view kJsonSwitch = "json";

Result<CommandOutput> inspect_journal_of(const config::Command& command);  // DIR
Result<CommandOutput> inspect_slice_of(const config::Command& command);    // FILE
Result<CommandOutput> inspect_catalog_of(const config::Command& command);  // DIR
Result<CommandOutput> inspect_file_of(const config::Command& command);     // DIR ID

}  // namespace millrace
