#pragma once
// apply and export: sources, sinks, settings and tables as a file.
//
// See  definition_file.h, definition_plan.h

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> apply_commands();

}  // namespace millrace::cli
