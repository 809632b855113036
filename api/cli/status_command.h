#pragma once
// millrace status: the sources and sinks of a service, and how many rows wait.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand status_command();

}  // namespace millrace::cli
