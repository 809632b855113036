#pragma once
// The command `millrace check`: tries what a start would use, beside a running service too, and
// says of each in one sentence what it found. Changes nothing.
//
// Its exit code is ExitCode::failure if anything is wrong.

#include "api/app/command_output.h"
#include "api/app/kinds.h"
#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

// Tries the kinds' backends as configured. What is wrong is in the output, and no error.
Result<CommandOutput> check_installation(const config::Command& command, const Kinds& kinds);

}  // namespace millrace
