// The program `millrace`: a table of commands, and the one that the command line names.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <variant>
#include <vector>

#include "api/app.h"
#include "api/config/command_line.h"
#include "api/config/help.h"
#include "api/exit_code.h"
#include "api/log/log.h"
#include "api/stop_signal.h"
#include "api/volume_commands.h"
#include "templates/worker.h"

namespace millrace {
namespace {

using config::CommandCall;

ExitCode serve(const CommandCall& call, StopSignal& signal) {
    auto app = App::start(call.config);
    if (!app.ok()) {
        fmt::print(stderr, "millrace: {}\n", app.error().operator_text());
        return app.error().name() == kDataLocked ? ExitCode::data_locked : ExitCode::failure;
    }
    signal.wait();
    signal.arm_second();
    log::info("stopping", {});
    app.value()->stop();
    log::info("stopped", {});
    return ExitCode::ended;
}

ExitCode print_version(const CommandCall&, StopSignal&) {
    fmt::print("{}", config::version_text());
    return ExitCode::ended;
}

template <Result<std::string> (*act)(const CommandCall&)>
ExitCode tell(const CommandCall& call, StopSignal&) {
    const auto text = act(call);
    if (text.ok()) {
        fmt::print("{}", text.value());
        return ExitCode::ended;
    }
    fmt::print(stderr, "millrace: {}\n", text.error().operator_text());
    return text.error().name() == kDataLocked ? ExitCode::data_locked : ExitCode::failure;
}

struct Command {
    config::CommandSpec spec;
    ExitCode (*run)(const CommandCall& call, StopSignal& signal);
};

constexpr auto kCommands = std::to_array<Command>({
    {{.name = "serve", .arguments = "", .sentence = "runs the service"}, serve},
    {{.name = "volume list", .arguments = "", .sentence = "lists the volumes that are or were"},
     tell<list_volumes>},
    {{.name = "volume rename", .arguments = "OLD NEW", .sentence = "gives a volume another name"},
     tell<rename_volume>},
    {{.name = "volume retire",
      .arguments = "NAME",
      .sentence = "ends a volume on which nothing waits"},
     tell<retire_volume>},
    {{.name = "volume lost",
      .arguments = "NAME",
      .sentence = "ends a volume whose disk is gone for good"},
     tell<give_up_volume>},
    {{.name = "version", .arguments = "", .sentence = "prints the version", .takes_options = false},
     print_version},
});

ExitCode run(int argc, char** argv) {
    StopSignal signal;
    std::vector<config::CommandSpec> specs;
    for (const auto& command : kCommands) specs.push_back(command.spec);
    const auto parsed = config::parse_command_line(argc, argv, environ, specs);
    if (!parsed.ok()) {
        fmt::print(stderr, "{}", parsed.error().client_text());
        return ExitCode::usage;
    }
    if (const auto* text = std::get_if<config::Print>(&parsed.value())) {
        fmt::print("{}", text->text);
        return ExitCode::ended;
    }
    const auto& call = std::get<CommandCall>(parsed.value());
    log::set_level(call.config.log_level);
    for (const auto& warning : call.warnings) log::warn("configuration", {{"message", warning}});
    const auto* const command =
        std::find_if(kCommands.begin(), kCommands.end(),
                     [&](const Command& known) { return known.spec.name == call.command; });
    return command->run(call, signal);
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
    try {
        // How the service starts its own template workers; not for people.
        if (argc == 2 && std::string_view(argv[1]) == "template-worker") {
            return millrace::templates::run_worker();
        }
        return static_cast<int>(millrace::run(argc, argv));
    } catch (const std::exception& failure) {
        fmt::print(stderr, "millrace: {}\n", failure.what());
        return static_cast<int>(millrace::ExitCode::failure);
    }
}
