#include "api/app/volume_commands.h"

#include <fmt/format.h>

#include <span>
#include <utility>
#include <vector>

#include "api/app/stopped_folder.h"
#include "core/model/volume_setting.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volume_acts.h"
#include "core/ports/journal.h"

namespace millrace {
namespace {

// Nothing is recorded while a folder is stopped: the next start finds it again.
class DeafObserver final : public VolumeObserver {
public:
    void slice_sealed(const OpenSlice&) override {}
    void file_closed(const OpenFile&) override {}
    void checkpointed(const VolumeId&, Sequence) override {}
    void batches_lost(const VolumeId&, BatchNumber, BatchNumber) override {}
};

// The sources whose rows only the volume of that name takes. None where they cannot be read, as
// without the key of their secrets: the catalog decides by itself what may be done.
std::vector<SourceId> pinned_to(StoppedFolder& folder, const config::Config& config,
                                const std::string& name) {
    std::vector<SourceId> pinned;
    const auto sources = folder.catalog->all_sources();
    if (!sources.ok()) return pinned;
    for (const auto& source : sources.value()) {
        if (resolve_volume({.node = config.settings, .source = source.settings}) == name) {
            pinned.push_back(source.key.source);
        }
    }
    return pinned;
}

std::string since_text(const VolumeRecord& record) {
    const auto since = record.state == VolumeState::active ? record.first_seen : record.since;
    return since == WallTime() ? "-" : format_utc(since);
}

}  // namespace

Result<std::string> list_volumes(const config::Command& command) {
    TRY_ASSIGN(const auto folder, StoppedFolder::open(command.config));
    TRY_ASSIGN(const auto known, folder->catalog->volumes());
    constexpr std::string_view kLine = "{:<33}{:<9}{:<26}{:<38}{}\n";
    auto text = fmt::format(kLine, "NAME", "STATE", "SINCE", "ID", "DIRECTORY");
    for (const auto& record : known) {
        text += fmt::format(kLine, record.name, to_string(record.state), since_text(record),
                            record.uuid ? to_string(*record.uuid) : "-",
                            record.directory.empty() ? "-" : record.directory);
    }
    text.pop_back();  // the last line ends with the others
    return text;
}

Result<std::string> rename_volume(const config::Command& command) {
    const auto& from = command.operands.at(0);
    const auto& to = command.operands.at(1);
    if (!config::is_volume_name(to)) {
        return Error(Code::invalid, "the name of a volume is 1 to 32 of a-z, 0-9 and -");
    }
    TRY_ASSIGN(const auto folder, StoppedFolder::open(command.config));
    TRY(folder->catalog->rename_volume(from, to, folder->clock.wall()));
    TRY_ASSIGN(const auto record, pipeline::find_named_volume(*folder->catalog, to));
    auto text = fmt::format("volume {} was renamed to {} on {}; call it so in the configuration",
                            from, to, format_utc(record.renamed_at));
    const auto pinned = pinned_to(*folder, command.config, to);
    if (!pinned.empty())
        text += fmt::format("; the setting of {} has gone with it", few_of(pinned));
    return text;
}

Result<std::string> retire_volume(const config::Command& command) {
    const auto& name = command.operands.at(0);
    TRY_ASSIGN(const auto folder, StoppedFolder::open(command.config));
    TRY_ASSIGN(auto record, pipeline::find_named_volume(*folder->catalog, name));
    if (record.state == VolumeState::active) {
        const auto pinned = pinned_to(*folder, command.config, name);
        if (!pinned.empty()) return volume_is_pinned(name, pinned);
        auto config = command.config;
        if (!record.directory.empty()) config.volumes.try_emplace(name, record.directory);
        DeafObserver deaf;
        OpenedVolumes volumes(*folder, config);
        TRY(volumes.open(config, deaf));
        TRY_ASSIGN(const auto homes, volumes.open_key_homes());
        pipeline::VolumeActs acts(
            *folder->catalog, volumes.port(), {},
            [&homes](std::span<const pipeline::KeyFound> keys) { return homes->add(keys); });
        if (!volumes.port().serves_without(record.volume)) {
            return Error(Code::conflict,
                         fmt::format("volume {} cannot be retired: configure another one, which "
                                     "takes its idempotency keys",
                                     name));
        }
        auto retired = acts.retire(name, instant_of(folder->clock));
        if (!retired.ok()) {
            if (retired.error().name() != pipeline::kVolumeNotEmpty) {
                return std::move(retired).error();
            }
            return std::move(retired).error().in(
                "start the service with it, and POST /v1/volumes/" + name +
                "/retire, which closes its files");
        }
        record = std::move(retired).value();
    }
    if (record.state != VolumeState::retired) {
        return Error(Code::conflict, pipeline::end_sentence(record));
    }
    return pipeline::end_sentence(record) + "; take it out of the configuration";
}

Result<std::string> give_up_volume(const config::Command& command) {
    TRY_ASSIGN(const auto folder, StoppedFolder::open(command.config));
    auto& registry = *folder->catalog;
    TRY_ASSIGN(auto record, pipeline::find_named_volume(registry, command.operands.at(0)));
    if (record.state == VolumeState::active) {
        TRY(registry.give_up_volume(record.volume, folder->clock.wall()));
        TRY_ASSIGN(auto ended, registry.find_volume(record.volume));
        record = std::move(ended).value();
    }
    if (record.state != VolumeState::lost) {
        return Error(Code::conflict, pipeline::end_sentence(record));
    }
    auto text =
        pipeline::end_sentence(record) + "; what is on its disk is kept, and is not taken back";
    const auto pinned = pinned_to(*folder, command.config, record.name);
    if (!pinned.empty()) {
        text += fmt::format("; records of {} are answered 503 until their setting {} is changed",
                            few_of(pinned), kVolumeSetting);
    }
    return text;
}

}  // namespace millrace
