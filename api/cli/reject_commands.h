#pragma once
// reject list, get, retry, delete: records that a sink keeps because it could not map them.
//
// See  docs/mapping.md

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> reject_commands();

}  // namespace millrace::cli
