#pragma once
// Kinds: everything of which there are several kinds. One more kind is a folder of its own and a
// row in built_in_kinds(); nothing else names it.

#include <functional>
#include <string>
#include <vector>

#include "api/app/backend_kinds.h"
#include "api/app/command_output.h"
#include "api/app/door_kind.h"
#include "api/app/resource_kind.h"
#include "api/cli/client_command.h"
#include "api/config/command_line.h"
#include "api/config/grammar.h"
#include "api/control/source_kind.h"
#include "core/base/result.h"

namespace millrace {

struct Command {
    config::CommandSpec spec;
    std::function<Result<CommandOutput>(const config::Command&)> run;
};

struct Kinds {
    std::vector<TargetKind> targets;  // the first is that of the default one, as for stagings
    std::vector<StagingKind> stagings;
    control::SourceKinds sources;
    std::vector<DoorKind> doors;          // the first is what the URLs of sources begin with
    std::vector<ResourceKind> resources;  // of the API port, besides those of its own
    std::vector<Command> commands;
    std::vector<cli::ClientCommand> client_commands;  // that ask a running service
};

Kinds built_in_kinds();

// What of them the command line and the configuration file may name.
config::Grammar grammar_of(const Kinds& kinds);

}  // namespace millrace
