#pragma once
// task list, task get: what has become of changes.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> task_commands();

}  // namespace millrace::cli
