#include "api/config/commands.h"

namespace millrace::config {

std::span<const CommandSpec> command_specs() {
    static const std::vector<CommandSpec> specs = {
        {.words = "secrets rekey",
         .sentence =
             "Seals the secrets in the catalog with a new key; the service must be stopped."},
        {.words = "secrets reset",
         .sentence = "Gives every source a new secret, where the key of the old ones is lost."},
        {.words = "volume list", .sentence = "Lists the volumes that are or were."},
        {.words = "volume rename",
         .sentence = "Gives a volume another name, which the configuration then has to use.",
         .operands = {"OLD", "NEW"}},
        {.words = "volume retire",
         .sentence = "Ends a volume on which nothing waits.",
         .operands = {"NAME"}},
        {.words = "volume lost",
         .sentence = "Ends a volume whose disk is gone for good, and gives up what only it had.",
         .operands = {"NAME"}},
    };
    return specs;
}

}  // namespace millrace::config
