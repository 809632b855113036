#pragma once
// The texts of --help and of `millrace version`, made from the tables of commands and options.

#include <string>

#include "api/config/command_line.h"
#include "api/config/config.h"

namespace millrace::config {

std::string general_help(CommandSpecs commands);
std::string serve_help(const Config& defaults);  // lists the options
std::string command_help(const CommandSpec& command);
std::string version_text();  // "millrace 0.1.0"

}  // namespace millrace::config
