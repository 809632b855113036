#pragma once
// parse_command_line(): from what the shell gave to what `main` does.
//
//     auto invocation = config::parse_command_line(argc, argv, environ, commands);
//     if (!invocation.ok()) -> print error().client_text() to stderr, exit 2
//     Print                 -> print the text to stdout, exit 0
//     CommandCall           -> log the warnings, run the command

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/config/config.h"
#include "core/base/result.h"

namespace millrace::config {

struct Print {
    std::string text;  // ends with a newline
};

// What `millrace` can be told to do; main.cc has the table.
struct CommandSpec {
    std::string_view name;       // a word or two: "serve", "volume rename"
    std::string_view arguments;  // their placeholders, all of them needed: "OLD NEW"
    std::string_view sentence;   // for the help
    bool takes_options = true;   // those of the node, as `serve`
};
using CommandSpecs = std::span<const CommandSpec>;

struct CommandCall {
    std::string command;  // the name of its spec
    std::vector<std::string> arguments;
    Config config;                      // the defaults, where it takes no options
    std::vector<std::string> warnings;  // unknown MILLRACE_* variables, one sentence each
};

using Invocation = std::variant<CommandCall, Print>;

// `environment` is an array of "NAME=value" that ends with a null pointer.
// Errors  invalid: one text, ended by a newline, that lists every mistake in flags, environment and
//         file with its remedy; the values that a stronger place overrides are checked as well
Result<Invocation> parse_command_line(int argc, const char* const* argv,
                                      const char* const* environment, CommandSpecs commands);

}  // namespace millrace::config
