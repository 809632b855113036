#pragma once
// The command `millrace repair`: puts aside what is damaged in the data folder of a stopped
// service, so that it starts and its sinks go on. Deletes nothing, says what it did, and finds
// nothing to do when it is run again.
//
//   what is damaged                    what is done
//   volume-id, journal/life            put aside as ".damaged", and written as the catalog has it
//   a checkpoint, a file of keys       put aside as ".damaged"
//   frames of a segment                the segment is copied to "segment.damaged": a start reads on
//                                      behind the damage, counts what is lost, and uses it again
//   a slice that waits, on disk or     its file is set aside (docs/operations.md); the slice stays
//   in a staging of this machine; by
//   a switch in any staging
//   the catalog                        nothing: it says what helps
//
// Its exit code is ExitCode::failure if something is left to do for a person.

#include "api/app/command_output.h"
#include "api/app/kinds.h"
#include "api/config/command_line.h"
#include "core/base/result.h"

namespace millrace {

inline constexpr std::string_view kDryRunSwitch = "dry-run";
inline constexpr std::string_view kStagingsSwitch = "all-stagings";

// Errors  conflict kDataLocked: a service has the folder; not_found: it is none
Result<CommandOutput> repair_folder(const config::Command& command, const Kinds& kinds);

}  // namespace millrace
