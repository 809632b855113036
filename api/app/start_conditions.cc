#include "api/app/start_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "api/app/admin_token.h"
#include "api/app/backup_manifest.h"
#include "api/app/missing_parts.h"
#include "api/app/volume_start.h"
#include "api/config/volume_options.h"
#include "core/base/duration.h"
#include "core/model/volume_setting.h"
#include "storage/os/directory_place.h"

namespace millrace {
namespace {

// Who has which directory, whatever path leads to it, also where it is not made yet.
class Places {
public:
    // Errors  conflict: somebody else has it
    Result<void> take(const std::string& owner, const std::string& directory) {
        const auto [other, is_new] = owners_.try_emplace(os::place_text(directory), owner);
        if (is_new || other->second == owner) return {};
        return Error(Code::conflict,
                     fmt::format("{}: {} is the directory of the {} too: give each its own", owner,
                                 directory, other->second));
    }

private:
    std::map<std::string, std::string> owners_;
};

template <typename Kind>
struct Configured {
    std::string what;  // "target lake (sqlite)"
    const Kind* kind;
    BackendPlace place;
};

// Those of a kind that there is, the default one first: another that is in its place is told of.
template <typename Kind>
std::vector<Configured<Kind>> all_of(std::string_view noun, config::Backends configured,
                                     const std::vector<Kind>& kinds, Disk& disk,
                                     const std::string& data_dir) {
    configured.try_emplace(
        std::string(config::kDefaultBackend),
        config::Backend{.kind = std::string(kinds.front().config.name), .options = {}});
    std::vector<Configured<Kind>> all;
    const auto add = [&](const std::string& name, const config::Backend& backend) {
        const auto kind = std::ranges::find_if(
            kinds, [&](const Kind& known) { return known.config.name == backend.kind; });
        if (kind == kinds.end()) return;
        all.push_back(
            {.what = fmt::format("{} {} ({})", noun, name, backend.kind),
             .kind = &*kind,
             .place = {
                 .disk = disk, .data_dir = data_dir, .name = name, .options = backend.options}});
    };
    const std::string first(config::kDefaultBackend);
    const auto usual = configured.extract(first);
    add(first, usual.mapped());
    for (const auto& [name, backend] : configured) add(name, backend);
    return all;
}

// Two targets in one folder would write the same tables.
void add_targets(StartConditions& conditions, const config::Config& config, const Kinds& kinds,
                 Disk& disk) {
    const auto places = std::make_shared<Places>();
    for (auto& target : all_of("target", config.targets, kinds.targets, disk, config.data_dir)) {
        conditions.push_back({.what = target.what, .holds = [target, places]() -> Result<void> {
                                  TRY(imports_of(target.place).in("target " + target.place.name));
                                  if (!target.kind->folder) return {};
                                  return places->take("target " + target.place.name,
                                                      target.kind->folder(target.place));
                              }});
    }
}

// Each has a lock in its folder, as the data folder and the volumes do.
void add_stagings(StartConditions& conditions, const config::Config& config, const Kinds& kinds,
                  Disk& disk) {
    const auto places = std::make_shared<Places>();
    static_cast<void>(places->take("data folder", config.data_dir));
    for (const auto& [name, directory] : config::all_volumes(config.volumes, config.data_dir)) {
        static_cast<void>(places->take("volume " + name, directory));
    }
    for (auto& staging :
         all_of("staging", config.stagings, kinds.stagings, disk, config.data_dir)) {
        if (!staging.kind->folder) continue;
        conditions.push_back({.what = staging.what, .holds = [staging, places] {
                                  return places->take("staging " + staging.place.name,
                                                      staging.kind->folder(staging.place));
                              }});
    }
}

// Targets may have forgotten what was imported since an old backup, so that what was restored must
// not lie around for long either.
Result<void> refuse_old_backup(const config::Config& config,
                               const std::optional<catalog::Restored>& restored, WallTime now) {
    if (!restored || restored->has_started) return {};
    if (now - restored->backup_at <= restored->remembered) return {};
    return Error(Code::conflict,
                 fmt::format("{} was restored from a backup of {}, and targets remember for {} "
                             "which files they have imported: restore a newer backup, or this "
                             "one again with --older",
                             config.data_dir, format_utc(restored->backup_at),
                             format_duration(restored->remembered)));
}

// A mistake in its name would let every source wait.
Result<void> check_volume_setting(const config::Config& config,
                                  const std::vector<VolumeRecord>& known) {
    const auto name = resolve_volume({.node = config.settings});
    if (name.empty()) return {};
    std::map<std::string, bool> takes_rows;
    for (const auto& [configured, directory] :
         config::all_volumes(config.volumes, config.data_dir)) {
        takes_rows[configured] = true;
    }
    for (const auto& record : known) takes_rows[record.name] = record.state == VolumeState::active;
    std::vector<std::string> names;
    for (const auto& [volume, takes] : takes_rows) {
        if (takes) names.push_back(volume);
    }
    if (std::ranges::find(names, name) != names.end()) return {};
    return no_such_volume(name, names);
}

}  // namespace

StartConditions folder_conditions(const config::Config& config, const Kinds& kinds, Disk& disk) {
    StartConditions conditions;
    conditions.push_back({.what = "data folder", .holds = [&config, &disk] {
                              return refuse_backup(disk, config.data_dir);
                          }});
    conditions.push_back({.what = "catalog", .holds = [&config, &disk] {
                              std::vector<std::string> directories;
                              for (const auto& [name, directory] :
                                   config::all_volumes(config.volumes, config.data_dir)) {
                                  directories.push_back(directory);
                              }
                              return check_catalog_is_there(
                                  disk, config.data_dir + "/catalog.sqlite", directories);
                          }});
    conditions.push_back({.what = "admin token", .holds = [&config, &disk] {
                              return check_admin_token(disk, config.data_dir, config.admin_token);
                          }});
    add_targets(conditions, config, kinds, disk);
    add_stagings(conditions, config, kinds, disk);
    return conditions;
}

StartConditions catalog_conditions(const config::Config& config, Disk& disk,
                                   const CatalogRecords& records, WallTime now, Volumes volumes) {
    StartConditions conditions;
    conditions.push_back({.what = "catalog", .holds = [&config, &records, now] {
                              return refuse_old_backup(config, records.restored, now);
                          }});
    conditions.push_back(
        {.what = fmt::format("setting {}", kVolumeSetting),
         .holds = [&config, &records] { return check_volume_setting(config, records.volumes); }});
    if (volumes == Volumes::left_out) return conditions;
    for (auto& [name, holds] : volume_conditions(disk, records.volumes, config)) {
        conditions.push_back({.what = "volume " + name, .holds = std::move(holds)});
    }
    return conditions;
}

Result<void> require(const StartConditions& conditions) {
    for (const auto& condition : conditions) TRY(condition.holds());
    return {};
}

}  // namespace millrace
