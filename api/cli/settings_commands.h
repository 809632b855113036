#pragma once
// millrace settings get and set.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> settings_commands();

}  // namespace millrace::cli
