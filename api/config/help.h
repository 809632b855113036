#pragma once
// The texts of --help and of `millrace version`, made from the table of options.

#include <string>
#include <string_view>

#include "api/config/config.h"
#include "api/config/grammar.h"

namespace millrace::config {

std::string general_help(const Grammar& grammar);
std::string serve_help(const Config& defaults, const Grammar& grammar);
std::string command_help(const CommandSpec& command);
// Of the commands on the data folder that begin with the word: "volume".
std::string group_help(std::string_view group, const Grammar& grammar);
// The first word.
std::string_view group_of(std::string_view words);
std::string version_help();
std::string_view version();  // "0.1.0"
std::string version_text();  // "millrace 0.1.0"

}  // namespace millrace::config
