#include "api/app/volume_start.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "core/policy/volume_checks.h"
#include "storage/journal/catalog_age.h"
#include "storage/journal/volume_identity.h"
#include "storage/os/directory_place.h"

namespace millrace {
namespace {

struct NamedDirectory {
    std::string name;
    std::string directory;
};
// The volumes by what their directories are.
using Places = std::map<std::string, NamedDirectory>;

// An implied default that has ended would be refused, and could not be left out.
config::VolumeDirectories wanted_volumes(const config::Config& config,
                                         const std::vector<VolumeRecord>& known) {
    const auto all = config::all_volumes(config.volumes, config.data_dir);
    const bool default_ended =
        policy::find_active(known, config::kDefaultVolume) == nullptr &&
        std::any_of(known.begin(), known.end(), [](const VolumeRecord& record) {
            return record.name == config::kDefaultVolume ||
                   record.volume.value == config::kDefaultVolume;  // has another name now
        });
    if (!default_ended || config.volumes.empty()) return all;
    auto without = all;
    if (!config.volumes.contains(config::kDefaultVolume)) {
        without.erase(std::string(config::kDefaultVolume));
    }
    return without;
}

Result<void> refuse_shared(const NamedDirectory& volume, const std::string& data_dir,
                           Places& taken) {
    const auto place = os::place_text(volume.directory);
    if (place == os::place_text(data_dir)) {
        return Error(Code::conflict,
                     fmt::format("volume {}: {} is the data folder, which has a volume of its own "
                                 "in volumes/{}: give it another directory",
                                 volume.name, volume.directory, config::kDefaultVolume));
    }
    const auto [other, is_new] = taken.try_emplace(place, volume);
    if (is_new || other->second.name == volume.name) return {};
    return Error(
        Code::conflict,
        fmt::format("the volumes {} ({}) and {} ({}) are in one directory: give each its "
                    "own, or take one out of the configuration",
                    other->second.name, other->second.directory, volume.name, volume.directory));
}

// Before any is locked: the second lock of one directory would only say that this process has it.
Result<void> refuse_one_directory_twice(const std::vector<AdmittedVolume>& volumes,
                                        const std::string& data_dir) {
    Places taken;
    for (const auto& volume : volumes) {
        TRY(refuse_shared({.name = volume.name, .directory = volume.directory}, data_dir, taken));
    }
    return {};
}

Result<VolumeId> judge(const NamedDirectory& volume, const journal::VolumeIdentity& identity,
                       const std::vector<VolumeRecord>& known) {
    return policy::admit_volume({.name = volume.name,
                                 .directory = volume.directory,
                                 .uuid = identity.id,
                                 .has_journal = identity.has_journal,
                                 .life = identity.life},
                                known);
}

// Of a volume that is out of reach the registry tells at least what rows call it.
Result<void> identify(Disk& disk, const std::vector<VolumeRecord>& known, AdmittedVolume& volume) {
    const auto* const namesake = policy::find_active(known, volume.name);
    volume.volume =
        namesake != nullptr ? namesake->volume : policy::new_volume_id(volume.name, known);
    const bool is_made =
        volume.prepared.ok() || volume.prepared.error().code() == Code::unknown_outcome;
    if (!is_made) return {};
    auto lock = os::DirectoryLock::acquire(volume.directory);
    if (!lock.ok()) {
        if (lock.error().code() == Code::conflict) return lock.error();
        volume.prepared = lock.error();
        return {};
    }
    volume.lock = std::move(lock).value();
    const auto identity = journal::read_identity(disk, volume.directory);
    if (!identity.ok()) {
        if (identity.error().code() == Code::corrupt) return identity.error();
        volume.prepared = identity.error();
        return {};
    }
    TRY_ASSIGN(volume.volume, judge({.name = volume.name, .directory = volume.directory},
                                    identity.value(), known));
    return {};
}

// What of identify() can be told without a lock. One that cannot be read does not refuse a start.
Result<void> look_at(Disk& disk, const NamedDirectory& volume,
                     const std::vector<VolumeRecord>& known) {
    const auto identity = journal::read_identity(disk, volume.directory);
    if (identity.ok()) {
        TRY_ASSIGN(const auto id, judge(volume, identity.value(), known));
        const auto record = std::ranges::find(known, id, &VolumeRecord::volume);
        // Its opening sees to it at a start.
        if (record != known.end()) {
            TRY(journal::refuse_old_catalog(disk, volume.directory, *record));
        }
    } else if (identity.error().code() == Code::corrupt) {
        return identity.error();
    }
    return {};
}

}  // namespace

std::vector<VolumeCondition> volume_conditions(Disk& disk, const std::vector<VolumeRecord>& known,
                                               const config::Config& config) {
    std::vector<VolumeCondition> conditions;
    const auto taken = std::make_shared<Places>();
    for (const auto& [name, directory] : wanted_volumes(config, known)) {
        const NamedDirectory volume{.name = name, .directory = directory};
        conditions.push_back(
            {.volume = name, .holds = [&disk, &known, &config, volume, taken]() -> Result<void> {
                 TRY(refuse_shared(volume, config.data_dir, *taken));
                 return look_at(disk, volume, known).in("volume " + volume.name);
             }});
    }
    return conditions;
}

std::vector<VolumeRecord> absent_volumes(Disk& disk, const std::vector<VolumeRecord>& known,
                                         const config::Config& config) {
    auto absent = known;
    for (const auto& [name, directory] : wanted_volumes(config, known)) {
        const auto* const namesake = policy::find_active(known, name);
        const auto identity = journal::read_identity(disk, directory);
        std::erase_if(absent, [&](const VolumeRecord& record) {
            const bool is_it = identity.ok() && identity.value().id && record.uuid &&
                               *identity.value().id == *record.uuid;
            return is_it || (namesake != nullptr && namesake->volume == record.volume);
        });
    }
    std::erase_if(absent,
                  [](const VolumeRecord& record) { return record.state != VolumeState::active; });
    return absent;
}

Result<AdmittedVolumes> admit_volumes(Disk& disk, VolumeRegistry& registry,
                                      const config::Config& config) {
    TRY_ASSIGN(auto known, registry.volumes());
    AdmittedVolumes admitted;
    for (const auto& [name, directory] : wanted_volumes(config, known)) {
        admitted.configured.push_back({.volume = {},
                                       .name = name,
                                       .directory = directory,
                                       .lock = std::nullopt,
                                       .prepared = disk.make_directories(directory)});
    }
    TRY(refuse_one_directory_twice(admitted.configured, config.data_dir));
    for (auto& volume : admitted.configured) {
        TRY(identify(disk, known, volume).in("volume " + volume.name));
    }
    std::erase_if(known, [&](const VolumeRecord& record) {
        return record.state != VolumeState::active ||
               std::any_of(admitted.configured.begin(), admitted.configured.end(),
                           [&](const auto& volume) { return volume.volume == record.volume; });
    });
    admitted.absent = std::move(known);
    return admitted;
}

}  // namespace millrace
