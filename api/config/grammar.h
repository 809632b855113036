#pragma once
// Grammar: what the command line and the configuration file may name besides the options of the
// service: the commands, the kinds of targets and stagings, and settings of kinds of sources.

#include <string_view>
#include <vector>

#include "api/config/backend_options.h"
#include "core/model/settings.h"

namespace millrace::config {

// A command on the data folder of a stopped service. All take the options of `serve`, so that a
// file or environment that starts the service also finds its folder.
// A flag of a command that has no value.
struct SwitchSpec {
    std::string_view name;  // "json" of --json
    std::string_view sentence;
};

struct CommandSpec {
    std::string_view words;                       // "secrets rekey"
    std::string_view sentence;                    // for the help
    std::vector<std::string_view> operands = {};  // "NAME": each is one argument that must be given
    std::vector<SwitchSpec> switches = {};
};

struct Grammar {
    std::vector<CommandSpec> commands = {};
    std::vector<BackendKind> targets = {};
    std::vector<BackendKind> stagings = {};
    std::vector<SettingSpec> settings = {};  // that kinds of sources have besides the general ones
};

}  // namespace millrace::config
