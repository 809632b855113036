#pragma once
// table list, get, create, delete: tables that clients load into, without a source.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> table_commands();

}  // namespace millrace::cli
