#pragma once
// ClientCommand: one command of the command line that asks a running service.

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/cli/terminal.h"
#include "api/config/client_line.h"
#include "core/base/result.h"

namespace millrace::cli {

struct ClientCommand {
    config::ClientCommandSpec spec;
    // Prints what it has to say. Errors of the name kWrongUsage are mistakes of the line.
    std::function<Result<void>(const config::ClientLine&, Output&)> run;
};

inline constexpr config::ClientOption kJson = {
    .name = "json", .placeholder = {}, .sentence = "Prints JSON, for programs."};

inline Error wrong_usage(const config::ClientLine& line, std::string_view mistake) {
    return Error(Code::invalid,
                 fmt::format("{}: {}\nSee millrace {} --help.", line.words, mistake, line.words))
        .named(kWrongUsage);
}

}  // namespace millrace::cli
