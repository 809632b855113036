#pragma once
// receipt: where the rows of a request are.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand receipt_command();

}  // namespace millrace::cli
