#include "api/config/commands.h"

namespace millrace::config {

std::span<const CommandSpec> command_specs() {
    static const std::vector<CommandSpec> specs = {
        {.words = "secrets rekey",
         .sentence =
             "Seals the secrets in the catalog with a new key; the service must be stopped."},
        {.words = "secrets reset",
         .sentence = "Gives every source a new secret, where the key of the old ones is lost."},
    };
    return specs;
}

}  // namespace millrace::config
