// The program `millrace`: flags -> Config -> App, until a signal comes.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <variant>

#include "api/app.h"
#include "api/config/command_line.h"
#include "api/exit_code.h"
#include "api/log/log.h"
#include "api/process.h"
#include "api/secret_commands.h"
#include "api/stop_signal.h"
#include "api/volume_commands.h"
#include "core/base/check.h"
#include "templates/worker.h"

namespace millrace {
namespace {

ExitCode tell(const Error& error) {
    log::plain(fmt::format("millrace: {}\n", error.operator_text()));
    return error.name() == kDataLocked ? ExitCode::data_locked : ExitCode::failure;
}

ExitCode serve(const config::Serve& invocation) {
    StopSignal signal;  // while there is one thread
    log::set_level(invocation.config.log_level);
    for (const auto& warning : invocation.warnings)
        log::warn("configuration", {{"message", warning}});
    auto app = App::start(invocation.config);
    if (!app.ok()) return tell(app.error());
    signal.wait();
    signal.arm_second();
    log::info("stopping", {});
    app.value()->stop();
    log::info("stopped", {});
    return ExitCode::ended;
}

// What each row of config::command_specs() does; the result is for standard output.
struct CommandFunction {
    std::string_view words;
    Result<std::string> (*run)(const config::Command&);
};
constexpr std::array kCommands = {
    CommandFunction{.words = "secrets rekey", .run = rekey_secrets},
    CommandFunction{.words = "secrets reset", .run = reset_secrets},
    CommandFunction{.words = "volume list", .run = list_volumes},
    CommandFunction{.words = "volume rename", .run = rename_volume},
    CommandFunction{.words = "volume retire", .run = retire_volume},
    CommandFunction{.words = "volume lost", .run = give_up_volume},
};

ExitCode run_command(const config::Command& command) {
    const auto found = std::ranges::find(kCommands, command.words, &CommandFunction::words);
    check(found != kCommands.end(), "no function for the command {}", command.words);
    for (const auto& warning : command.warnings) log::warn("configuration", {{"message", warning}});
    const auto done = found->run(command);
    if (!done.ok()) return tell(done.error());
    fmt::print("{}\n", done.value());
    return ExitCode::ended;
}

ExitCode run(int argc, char** argv) {
    auto parsed = config::parse_command_line(argc, argv, environ);
    if (!parsed.ok()) {
        log::plain(parsed.error().client_text());
        return ExitCode::usage;
    }
    if (const auto* text = std::get_if<config::Print>(&parsed.value())) {
        fmt::print("{}", text->text);
        return ExitCode::ended;
    }
    if (const auto* command = std::get_if<config::Command>(&parsed.value())) {
        return run_command(*command);
    }
    return serve(std::get<config::Serve>(parsed.value()));
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
    try {
        millrace::prepare_process();
        // How the service starts its own template workers; not for people.
        if (argc == 2 && std::string_view(argv[1]) == "template-worker") {
            return millrace::templates::run_worker();
        }
        return static_cast<int>(millrace::run(argc, argv));
    } catch (const std::exception& failure) {
        millrace::log::plain(fmt::format("millrace: {}\n", failure.what()));
        return static_cast<int>(millrace::ExitCode::failure);
    }
}
