#include "api/app/kinds.h"

#include "api/app/backup_command.h"
#include "api/app/check_command.h"
#include "api/app/console_resource_kind.h"
#include "api/app/folder_staging_kind.h"
#include "api/app/http_door.h"
#include "api/app/inspect_commands.h"
#include "api/app/kafka_door.h"
#include "api/app/missing_parts.h"
#include "api/app/otlp_source_kind.h"
#include "api/app/pinot_resource_kind.h"
#include "api/app/postgres_target_kind.h"
#include "api/app/repair_command.h"
#include "api/app/restore_command.h"
#include "api/app/s3_staging_kind.h"
#include "api/app/secret_commands.h"
#include "api/app/sqlite_target_kind.h"
#include "api/app/volume_commands.h"
#include "api/cli/client_commands.h"
#include "api/kafka/kafka_source_kind.h"
#include "api/kafka/reject_decoder.h"
#include "storage/kafka/kafka_reader.h"

namespace millrace {
namespace {

constexpr config::SwitchSpec kJson = {.name = kJsonSwitch, .sentence = "Prints JSON."};

// Of a command that prints what it has done.
std::function<Result<CommandOutput>(const config::Command&)> printing(
    Result<std::string> (*command)(const config::Command&)) {
    return [command](const config::Command& given) -> Result<CommandOutput> {
        auto text = command(given);
        if (!text.ok()) {
            return explain_no_room(std::move(text).error(), given.config.data_dir,
                                   "run the command again");
        }
        return CommandOutput{.text = std::move(text).value()};
    };
}

}  // namespace

Kinds built_in_kinds() {
    const auto kafka_sources = std::make_shared<kafka::SourceWatches>();
    const auto kafka_rejects = std::make_shared<kafka::RejectDecoders>();
    return {
        .targets = {sqlite_target_kind(), postgres_target_kind()},
        .stagings = {folder_staging_kind(), s3_staging_kind()},
        .sources = {control::http_source_kind(), otlp_source_kind(),
                    kafka::kafka_source_kind(kafka_sources, kafka::check_property, kafka_rejects)},
        .doors = {http_door_kind(), kafka_door_kind(kafka_sources, kafka_rejects)},
        .resources = {pinot_resource_kind(kafka_sources), console_resource_kind()},
        .commands =
            {{.spec = {.words = "check",
                       .sentence = "Tries what a start would use: folders, key file, certificates, "
                                   "targets and stagings.",
                       .switches = {kJson},
                       .example = "millrace check --config /etc/millrace/millrace.toml"},
              .run =
                  [](const config::Command& given) {
                      return check_installation(given, built_in_kinds());
                  }},
             {.spec = {.words = "backup",
                       .sentence = "Makes a backup in the folder OUT, also while the service runs.",
                       .operands = {"OUT"},
                       .switches = {{.name = kWithTargetsSwitch,
                                     .sentence = "Also the databases of SQLite targets."},
                                    {.name = kWithKeyFileSwitch,
                                     .sentence = "Also the key file of the secrets."}},
                       .example = "millrace backup /mnt/backups/monday --data-dir "
                                  "/var/lib/millrace"},
              .run = [](const config::Command& given) { return back_up(given, built_in_kinds()); }},
             {.spec = {.words = "repair",
                       .sentence = "Puts aside what is damaged in the data folder DIR of a stopped "
                                   "service.",
                       .operands = {"DIR"},
                       .switches = {kJson,
                                    {.name = kDryRunSwitch,
                                     .sentence = "Says what would be done, and does nothing."},
                                    {.name = kStagingsSwitch,
                                     .sentence = "Also reads what waits in stagings that are not "
                                                 "on this machine, all of it."}},
                       .example = "millrace repair /var/lib/millrace --dry-run"},
              .run =
                  [](const config::Command& given) {
                      return repair_folder(given, built_in_kinds());
                  }},
             {.spec = {.words = "restore",
                       .sentence = "Makes the data folder DIR of a backup.",
                       .operands = {"BACKUP", "DIR"},
                       .switches = {{.name = kOlderSwitch,
                                     .sentence = "Takes a backup that is older than targets "
                                                 "remember imports, and sets aside what waits."},
                                    {.name = kDamagedSwitch,
                                     .sentence = "Leaves out slices that are damaged in the "
                                                 "backup; their files wait."}},
                       .example = "millrace restore /mnt/backups/monday /var/lib/millrace"},
              .run = restore_backup},
             {.spec = {.words = "secrets rekey",
                       .sentence = "Seals the secrets in the catalog with a new key; the service "
                                   "must be stopped.",
                       .example = "millrace secrets rekey --data-dir /var/lib/millrace"},
              .run = printing(rekey_secrets)},
             {.spec = {.words = "secrets reset",
                       .sentence =
                           "Gives every source a new secret, where the key of the old ones is "
                           "lost.",
                       .example = "millrace secrets reset --data-dir /var/lib/millrace"},
              .run = printing(reset_secrets)},
             {.spec = {.words = "volume list",
                       .sentence = "Lists the volumes that are or were.",
                       .example = "millrace volume list --data-dir /var/lib/millrace"},
              .run = printing(list_volumes)},
             {.spec = {.words = "volume rename",
                       .sentence =
                           "Gives a volume another name, which the configuration then has to use.",
                       .operands = {"OLD", "NEW"},
                       .example = "millrace volume rename fast nvme --data-dir /var/lib/millrace"},
              .run = printing(rename_volume)},
             {.spec = {.words = "volume retire",
                       .sentence = "Ends a volume on which nothing waits.",
                       .operands = {"NAME"},
                       .example = "millrace volume retire fast --data-dir /var/lib/millrace"},
              .run = printing(retire_volume)},
             {.spec = {.words = "volume lost",
                       .sentence = "Ends a volume whose disk is gone for good, and gives up what "
                                   "only it had.",
                       .operands = {"NAME"},
                       .example = "millrace volume lost fast --data-dir /var/lib/millrace"},
              .run = printing(give_up_volume)},
             {.spec = {.words = "inspect journal",
                       .sentence = "Shows the journal of the volume in DIR, and verifies it.",
                       .operands = {"DIR"},
                       .switches = {kJson},
                       .example = "millrace inspect journal /var/lib/millrace/volumes/default"},
              .run = inspect_journal_of},
             {.spec = {.words = "inspect slice",
                       .sentence = "Shows a slice file, and verifies its form.",
                       .operands = {"FILE"},
                       .switches = {kJson},
                       .example = "millrace inspect slice /var/lib/millrace/volumes/default/slices/"
                                  "01a22cd4-5727-7001-8000-000000000001.csv"},
              .run = inspect_slice_of},
             {.spec = {.words = "inspect catalog",
                       .sentence = "Shows what the catalog of the data folder DIR has, and the "
                                   "files that wait.",
                       .operands = {"DIR"},
                       .switches = {kJson},
                       .example = "millrace inspect catalog /var/lib/millrace"},
              .run = inspect_catalog_of},
             {.spec = {.words = "inspect file",
                       .sentence = "Shows one file of the data folder DIR, and verifies the slices "
                                   "that wait on disk.",
                       .operands = {"DIR", "ID"},
                       .switches = {kJson},
                       .example = "millrace inspect file /var/lib/millrace "
                                  "01a22cd4-5727-7001-8000-000000000001"},
              .run = inspect_file_of}},
        .client_commands = cli::client_commands(),
    };
}

config::Grammar grammar_of(const Kinds& kinds) {
    config::Grammar grammar;
    for (const auto& command : kinds.commands) grammar.commands.push_back(command.spec);
    for (const auto& command : kinds.client_commands) {
        grammar.client_commands.push_back(command.spec);
    }
    for (const auto& target : kinds.targets) grammar.targets.push_back(target.config);
    for (const auto& staging : kinds.stagings) grammar.stagings.push_back(staging.config);
    for (const auto& source : kinds.sources) {
        grammar.settings.insert(grammar.settings.end(), source.settings.begin(),
                                source.settings.end());
    }
    return grammar;
}

}  // namespace millrace
