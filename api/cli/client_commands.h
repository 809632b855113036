#pragma once
// All client commands, and what runs one.

#include <string>
#include <vector>

#include "api/cli/client_command.h"

namespace millrace::cli {

std::vector<ClientCommand> client_commands();

// Runs the command of the line. That nobody reads its output any more is no error.
// Errors  those of the command; of the name kWrongUsage: the line is wrong
Result<void> run(const config::ClientLine& line, const std::vector<ClientCommand>& commands);

// The error as a terminal may see it: what it repeats of a request could speak to it.
std::string message_of(const Error& error);

}  // namespace millrace::cli
