#include "api/config/commands.h"

namespace millrace::config {

std::span<const CommandSpec> command_specs() {
    static const std::vector<CommandSpec> specs = {
        {.words = "secrets rekey",
         .sentence =
             "Seals the secrets in the catalog with a new key; the service must be stopped."},
    };
    return specs;
}

}  // namespace millrace::config
