#include "api/app/kinds.h"

#include "api/app/folder_staging_kind.h"
#include "api/app/http_door.h"
#include "api/app/s3_staging_kind.h"
#include "api/app/secret_commands.h"
#include "api/app/sqlite_target_kind.h"
#include "api/app/volume_commands.h"

namespace millrace {

Kinds built_in_kinds() {
    return {
        .targets = {sqlite_target_kind()},
        .stagings = {folder_staging_kind(), s3_staging_kind()},
        .sources = {control::http_source_kind()},
        .doors = {http_door_kind()},
        .commands =
            {{.spec = {.words = "secrets rekey",
                       .sentence = "Seals the secrets in the catalog with a new key; the service "
                                   "must be stopped."},
              .run = rekey_secrets},
             {.spec = {.words = "secrets reset",
                       .sentence =
                           "Gives every source a new secret, where the key of the old ones is "
                           "lost."},
              .run = reset_secrets},
             {.spec = {.words = "volume list", .sentence = "Lists the volumes that are or were."},
              .run = list_volumes},
             {.spec = {.words = "volume rename",
                       .sentence =
                           "Gives a volume another name, which the configuration then has to use.",
                       .operands = {"OLD", "NEW"}},
              .run = rename_volume},
             {.spec = {.words = "volume retire",
                       .sentence = "Ends a volume on which nothing waits.",
                       .operands = {"NAME"}},
              .run = retire_volume},
             {.spec = {.words = "volume lost",
                       .sentence = "Ends a volume whose disk is gone for good, and gives up what "
                                   "only it had.",
                       .operands = {"NAME"}},
              .run = give_up_volume}},
    };
}

config::Grammar grammar_of(const Kinds& kinds) {
    config::Grammar grammar;
    for (const auto& command : kinds.commands) grammar.commands.push_back(command.spec);
    for (const auto& target : kinds.targets) grammar.targets.push_back(target.config);
    for (const auto& staging : kinds.stagings) grammar.stagings.push_back(staging.config);
    return grammar;
}

}  // namespace millrace
