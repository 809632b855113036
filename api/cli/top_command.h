#pragma once
// top: what the service does now, again and again.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand top_command();

}  // namespace millrace::cli
