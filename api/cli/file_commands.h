#pragma once
// file list, retry, set-aside, restore, discard: what to do with a file that does not come in.
//
// See  docs/operations.md

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> file_commands();

}  // namespace millrace::cli
