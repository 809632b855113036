#include "api/app/inspect_commands.h"

#include <utility>

#include "api/app/catalog_inspection.h"
#include "api/app/inspection.h"
#include "api/app/journal_inspection.h"
#include "api/app/slice_inspection.h"
#include "storage/os/posix_disk.h"

namespace millrace {
namespace {

// What is damaged may have any bytes in it.
std::string json_of(const nlohmann::ordered_json& document) {
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<CommandOutput> show(const config::Command& command, Result<Inspection> inspected) {
    TRY_ASSIGN(const auto inspection, std::move(inspected));
    return CommandOutput{.text = command.switches.contains(kJsonSwitch)
                                     ? json_of(inspection.found)
                                     : render_text(inspection.found),
                         .exit = inspection.faults == 0 ? ExitCode::ended : ExitCode::failure};
}

}  // namespace

Result<CommandOutput> inspect_journal_of(const config::Command& command) {
    os::PosixDisk disk;
    return show(command, inspect_journal(disk, command.operands.at(0)));
}

Result<CommandOutput> inspect_slice_of(const config::Command& command) {
    os::PosixDisk disk;
    return show(command, inspect_slice(disk, command.operands.at(0)));
}

Result<CommandOutput> inspect_catalog_of(const config::Command& command) {
    return show(command, inspect_catalog(command.operands.at(0)));
}

Result<CommandOutput> inspect_file_of(const config::Command& command) {
    os::PosixDisk disk;
    return show(command, inspect_file(disk, command.operands.at(0), command.operands.at(1)));
}

}  // namespace millrace
