#pragma once
// What sources and sinks have alike: update, disable, enable, undelete, versions, rollback; and
// rotate-secret of a source.

#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> definition_commands();

}  // namespace millrace::cli
