#pragma once
// millrace send: a file, or what comes by a pipe, to a source.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand send_command();

}  // namespace millrace::cli
