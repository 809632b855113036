#pragma once
// millrace token create, list and delete.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> token_commands();

}  // namespace millrace::cli
