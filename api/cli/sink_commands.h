#pragma once
// millrace sink create, list, get and delete; millrace flush.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> sink_commands();

}  // namespace millrace::cli
