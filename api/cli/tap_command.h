#pragma once
// tap: the requests that a source gets, with what became of them, as they come.

#include "api/cli/client_command.h"

namespace millrace::cli {

ClientCommand tap_command();

}  // namespace millrace::cli
