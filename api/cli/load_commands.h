#pragma once
// load list, load get: loads and uploads, with the rows that they have left out.
//
// See  docs/loads.md

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> load_commands();

}  // namespace millrace::cli
