#pragma once
// The commands and kinds of backends that tests of the command line use.

#include "api/config/grammar.h"

namespace millrace::config {

inline const Grammar& test_grammar() {
    static const Grammar grammar{
        .commands = {{.words = "secrets rekey", .sentence = "Seals again."},
                     {.words = "secrets reset", .sentence = "Makes new ones."},
                     {.words = "volume list", .sentence = "Lists."},
                     {.words = "volume rename",
                      .sentence = "Names.",
                      .operands = {"OLD", "NEW"},
                      .example = "millrace volume rename fast nvme"},
                     {.words = "volume retire", .sentence = "Ends.", .operands = {"NAME"}},
                     {.words = "volume lost", .sentence = "Gives up.", .operands = {"NAME"}}},
        .targets = {{.name = "files",
                     .sentence = "Tables as files.",
                     .options = {{.name = "dir",
                                  .placeholder = "DIR",
                                  .sentence = "their folder",
                                  .is_required = true}}},
                    {.name = "void", .sentence = "Keeps nothing.", .options = {}}},
        .stagings = {
            {.name = "folder",
             .sentence = "Files below a folder.",
             .options = {{.name = "dir", .placeholder = "DIR", .sentence = "the folder"}}}}};
    return grammar;
}

}  // namespace millrace::config
