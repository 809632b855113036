#pragma once
// millrace receipt and millrace task get: what has become of a request and of a change.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> receipt_commands();

}  // namespace millrace::cli
