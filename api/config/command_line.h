#pragma once
// parse_command_line(): from what the shell gave to what `main` does.
//
//     auto invocation = config::parse_command_line(argc, argv, environ);
//     if (!invocation.ok()) -> print error().client_text() to stderr, exit 2
//     Print                 -> print the text to stdout, exit 0
//     Serve                 -> log the warnings, run the service
//     Command               -> run what belongs to its words
//     ClientLine            -> the same, of a client command

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "api/config/client_line.h"
#include "api/config/config.h"
#include "api/config/grammar.h"
#include "core/base/result.h"

namespace millrace::config {

struct Print {
    std::string text;  // ends with a newline
};

struct Serve {
    Config config;
    std::vector<std::string> warnings;  // unknown MILLRACE_* variables, one sentence each
};

struct Command {
    std::string words;                            // of a CommandSpec
    std::vector<std::string> operands;            // as many as that has
    std::set<std::string, std::less<>> switches;  // those that were given
    Config config;
    std::vector<std::string> warnings;  // as of Serve
};

using Invocation = std::variant<Serve, Print, Command, ClientLine>;

// `environment` is an array of "NAME=value" that ends with a null pointer.
// Errors  invalid: one text, ended by a newline, that lists every mistake in flags, environment and
//         file with its remedy; the values that a stronger place overrides are checked as well
Result<Invocation> parse_command_line(int argc, const char* const* argv,
                                      const char* const* environment, const Grammar& grammar);

}  // namespace millrace::config
