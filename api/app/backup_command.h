#pragma once
// The command `millrace backup`: asks the service that has the data folder for a backup, or makes
// one of the folder of a stopped one.

#include "api/app/command_output.h"
#include "api/app/kinds.h"
#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

inline constexpr std::string_view kWithTargetsSwitch = "with-targets";
inline constexpr std::string_view kWithKeyFileSwitch = "with-key-file";

// Errors  those of the service, or of make_backup() and of opening the folder
Result<CommandOutput> back_up(const config::Command& command, const Kinds& kinds);

}  // namespace millrace
