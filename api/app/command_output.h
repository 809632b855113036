#pragma once
// CommandOutput: what a command of `millrace` prints, and ends with.

#include <string>

#include "api/exit_code.h"

namespace millrace {

struct CommandOutput {
    std::string text;  // for standard output, without the last line end
    ExitCode exit = ExitCode::ended;
};

}  // namespace millrace
