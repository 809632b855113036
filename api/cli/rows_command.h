#pragma once
// millrace rows: the rows of a table.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand rows_command();

}  // namespace millrace::cli
