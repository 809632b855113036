#include "api/cli/client_commands.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "api/cli/apply_commands.h"
#include "api/cli/completion_command.h"
#include "api/cli/definition_commands.h"
#include "api/cli/file_commands.h"
#include "api/cli/load_commands.h"
#include "api/cli/receipt_command.h"
#include "api/cli/reject_commands.h"
#include "api/cli/rows_command.h"
#include "api/cli/send_command.h"
#include "api/cli/settings_commands.h"
#include "api/cli/sink_commands.h"
#include "api/cli/source_commands.h"
#include "api/cli/status_command.h"
#include "api/cli/table_commands.h"
#include "api/cli/tap_command.h"
#include "api/cli/task_commands.h"
#include "api/cli/text_table.h"
#include "api/cli/token_commands.h"
#include "api/cli/top_command.h"
#include "core/base/check.h"

namespace millrace::cli {

namespace {

std::string_view noun_of(const ClientCommand& command) {
    const std::string_view words = command.spec.words;
    return words.substr(0, words.find(' '));
}

// Those of a noun beside each other, in the order of its first one: help lists them so.
void group_by_noun(std::vector<ClientCommand>& commands) {
    std::map<std::string, std::size_t, std::less<>> places;
    for (const auto& command : commands)
        places.try_emplace(std::string(noun_of(command)), places.size());
    std::ranges::stable_sort(commands, std::less(), [&](const ClientCommand& command) {
        return places.find(noun_of(command))->second;
    });
}

}  // namespace

std::vector<ClientCommand> client_commands() {
    std::vector<ClientCommand> commands;
    const auto add = [&](std::vector<ClientCommand> more) {
        std::ranges::move(more, std::back_inserter(commands));
    };
    commands.push_back(status_command());
    commands.push_back(top_command());
    add(source_commands());
    add(sink_commands());
    add(definition_commands());
    commands.push_back(send_command());
    commands.push_back(tap_command());
    commands.push_back(rows_command());
    commands.push_back(receipt_command());
    add(file_commands());
    add(reject_commands());
    add(load_commands());
    add(table_commands());
    add(task_commands());
    add(settings_commands());
    add(token_commands());
    add(apply_commands());
    group_by_noun(commands);
    commands.push_back(completion_command(commands));
    return commands;
}

Result<void> run(const config::ClientLine& line, const std::vector<ClientCommand>& commands) {
    const auto found = std::ranges::find_if(
        commands, [&](const ClientCommand& command) { return command.spec.words == line.words; });
    check(found != commands.end(), "no function for the command {}", line.words);
    Output out;
    auto done = found->run(line, out);
    // What was said before a failure is true.
    auto written = out.flush();
    if (done.ok()) done = std::move(written);
    if (!done.ok() && done.error().name() == kReaderGone) return {};
    return done;
}

std::string message_of(const Error& error) {
    const auto text = error.operator_text();
    std::string shown;
    for (std::string_view rest = text;;) {
        const auto end = rest.find('\n');
        shown += printable(rest.substr(0, end));
        if (end == std::string_view::npos) return shown;
        shown += '\n';
        rest.remove_prefix(end + 1);
    }
}

}  // namespace millrace::cli
