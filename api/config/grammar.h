#pragma once
// Grammar: what the command line and the configuration file may name besides the options of the
// service: the commands, those of clients, the kinds of targets and stagings, and settings of
// kinds of sources.

#include <string_view>
#include <vector>

#include "api/config/backend_options.h"
#include "core/model/settings.h"

namespace millrace::config {

// A flag of a command that has no value.
struct SwitchSpec {
    std::string_view name;  // "json" of --json
    std::string_view sentence;
};

// A command on the data folder of a stopped service. All take the options of `serve`, so that a
// file or environment that starts the service also finds its folder.
struct CommandSpec {
    std::string_view words;                       // "secrets rekey"
    std::string_view sentence;                    // for the help
    std::vector<std::string_view> operands = {};  // "NAME": each is one argument that must be given
    std::vector<SwitchSpec> switches = {};
    std::string_view example = {};  // command lines, one a line
};

// An option of a client command.
struct ClientOption {
    std::string_view name;         // "column" of --column
    std::string_view placeholder;  // "NAME=PATH"; empty: it is a switch, without a value
    std::string_view sentence;
    bool is_repeated = false;
    bool is_required = false;
    std::string_view letter = {};  // "f" of -f, which means the same
};

// A command that asks a running service. It takes the options that say where that is
// (client_line.h), and its own.
struct ClientCommandSpec {
    std::string_view words;     // "source create", or one word
    std::string_view sentence;  // for the help
    // "SOURCE" must be given, "[SINK]" may be, "KEY=VALUE..." is one or more and the last.
    std::vector<std::string_view> operands = {};
    std::vector<ClientOption> options = {};
    std::string_view example;  // command lines, one a line
    bool asks_service = true;  // else it takes no options but its own
};

struct Grammar {
    std::vector<CommandSpec> commands = {};
    std::vector<ClientCommandSpec> client_commands = {};
    std::vector<BackendKind> targets = {};
    std::vector<BackendKind> stagings = {};
    std::vector<SettingSpec> settings = {};  // that kinds of sources have besides the general ones
};

}  // namespace millrace::config
