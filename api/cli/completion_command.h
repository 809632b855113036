#pragma once
// millrace completion: the script that makes a shell complete the commands and their options.

#include <string>
#include <string_view>
#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

// Of the commands, besides `completion` itself.
ClientCommand completion_command(const std::vector<ClientCommand>& commands);

}  // namespace millrace::cli
