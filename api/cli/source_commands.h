#pragma once
// millrace source create, list, get and delete.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> source_commands();

}  // namespace millrace::cli
