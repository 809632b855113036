#pragma once
// The commands that work on the data folder of a stopped service, beside `serve` and `version`.
//
// One is a row here and its function in main.cc. All take the options of `serve`, so that a file or
// environment that starts the service also finds its folder.

#include <span>
#include <string_view>
#include <vector>

namespace millrace::config {

struct CommandSpec {
    std::string_view words;                       // "secrets rekey"
    std::string_view sentence;                    // for the help
    std::vector<std::string_view> operands = {};  // "NAME": each is one argument that must be given
};

std::span<const CommandSpec> command_specs();

}  // namespace millrace::config
