// The program `millrace`: flags -> Config -> App, until a signal comes.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <span>
#include <string_view>
#include <variant>

#include "api/app/app.h"
#include "api/app/kinds.h"
#include "api/app/service_manager.h"
#include "api/cli/client_commands.h"
#include "api/cli/terminal.h"
#include "api/config/command_line.h"
#include "api/config/help.h"
#include "api/exit_code.h"
#include "api/log/log.h"
#include "api/process.h"
#include "api/stop_signal.h"
#include "core/base/check.h"
#include "storage/duckdb/parquet_worker.h"
#include "templates/worker.h"

namespace millrace {
namespace {

ExitCode tell(const Error& error) {
    log::plain(fmt::format("millrace: {}\n", error.operator_text()));
    return error.name() == kDataLocked ? ExitCode::data_locked : ExitCode::failure;
}

// What a command has to say is a part of it: where it cannot be written, the command has failed.
ExitCode print(std::string_view text, ExitCode then) {
    cli::Output out;
    auto written = out.print(text);
    if (written.ok()) written = out.flush();
    if (written.ok() || written.error().name() == cli::kReaderGone) return then;
    tell(written.error());
    return then == ExitCode::ended ? ExitCode::failure : then;
}

ExitCode serve(const config::Serve& invocation, const Kinds& kinds) {
    StopSignal signal;  // while there is one thread
    log::set_level(invocation.config.log_level);
    log::set_format(invocation.config.log_format);
    log::info("starting",
              {{"version", std::string(config::version())}, {"data", invocation.config.data_dir}});
    for (const auto& warning : invocation.warnings)
        log::warn("configuration", {{"message", warning}});
    auto app = App::start(invocation.config, kinds);
    if (!app.ok()) return tell(app.error());
    // With certificates SIGHUP means to read them again; without, that the terminal has gone, but
    // for a service of systemd, which has none.
    const bool has_terminal = !ServiceManager::of_environment().is_there();
    while (signal.wait() == StopSignal::Came::hangup && (app.value()->reload() || !has_terminal)) {
    }
    signal.arm_second();
    log::info("stopping", {});
    app.value()->stop();
    log::info("stopped", {});
    return ExitCode::ended;
}

ExitCode run_command(const config::Command& command, const Kinds& kinds) {
    const auto found = std::ranges::find_if(
        kinds.commands, [&](const Command& row) { return row.spec.words == command.words; });
    check(found != kinds.commands.end(), "no function for the command {}", command.words);
    for (const auto& warning : command.warnings) log::warn("configuration", {{"message", warning}});
    const auto done = found->run(command);
    if (!done.ok()) return tell(done.error());
    return print(done.value().text + "\n", done.value().exit);
}

ExitCode run_client(const config::ClientLine& line, const Kinds& kinds) {
    const auto done = cli::run(line, kinds.client_commands);
    if (done.ok()) return ExitCode::ended;
    log::plain(fmt::format("millrace: {}\n", cli::message_of(done.error())));
    return done.error().name() == cli::kWrongUsage ? ExitCode::usage : ExitCode::failure;
}

ExitCode run(int argc, char** argv) {
    const auto kinds = built_in_kinds();
    auto parsed = config::parse_command_line(argc, argv, environ, grammar_of(kinds));
    if (!parsed.ok()) {
        log::plain(parsed.error().client_text());
        return ExitCode::usage;
    }
    if (const auto* text = std::get_if<config::Print>(&parsed.value())) {
        return print(text->text, ExitCode::ended);
    }
    if (const auto* command = std::get_if<config::Command>(&parsed.value())) {
        return run_command(*command, kinds);
    }
    if (const auto* line = std::get_if<config::ClientLine>(&parsed.value())) {
        return run_client(*line, kinds);
    }
    return serve(std::get<config::Serve>(parsed.value()), kinds);
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
        // The same for one file.
        if (argc > 2 && std::string_view(argv[1]) == millrace::duckdb::kWorkerWord) {
            millrace::duckdb::run_parquet_worker(
                std::span(argv + 2, static_cast<std::size_t>(argc - 2)));
        }
        return static_cast<int>(millrace::run(argc, argv));
    } catch (const std::exception& failure) {
        millrace::log::plain(fmt::format("millrace: {}\n", failure.what()));
        return static_cast<int>(millrace::ExitCode::failure);
    }
}
