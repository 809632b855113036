#include "api/app/stopped_folder.h"

#include <fmt/format.h>

#include "api/app/app.h"
#include "api/app/backup_manifest.h"
#include "api/app/missing_parts.h"
#include "api/app/secret_keys.h"
#include "api/app/volume_start.h"

namespace millrace {

Result<std::unique_ptr<StoppedFolder>> StoppedFolder::open(const config::Config& config) {
    os::PosixDisk disk;
    TRY(refuse_backup(disk, config.data_dir));
    auto lock = os::DirectoryLock::acquire(config.data_dir);
    if (!lock.ok()) {
        if (lock.error().code() != Code::conflict) return lock.error();
        return std::move(lock).error().named(kDataLocked).in("stop the service, or use its API");
    }
    std::unique_ptr<StoppedFolder> folder(new StoppedFolder(std::move(lock).value()));
    const auto path = config.data_dir + "/catalog.sqlite";
    TRY(folder->disk.open(path, Disk::Open::existing));  // opening the catalog would make one
    TRY_ASSIGN(const bool has_tables, has_catalog(folder->disk, path));  // so would this
    if (!has_tables) {
        return Error(Code::conflict,
                     fmt::format("{} is empty: it was copied without its log "
                                 "(catalog.sqlite-wal), or the first start was killed; put the "
                                 "catalog back from a backup, or start the service",
                                 path));
    }
    TRY_ASSIGN(const auto keys, load_secret_keys(config));
    folder->secrets.emplace(keys);
    auto opened = catalog::SqliteCatalog::open(path, *folder->secrets);
    if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config);
    folder->catalog = std::move(opened).value();
    TRY_ASSIGN(const auto age, folder->catalog->load_age(folder->clock.wall()));
    folder->clock.begin_ages(age);
    return folder;
}

OpenedVolumes::~OpenedVolumes() {
    for (const auto& volume : volumes_) volume->stop();
    background_.stop();
}

Result<void> OpenedVolumes::open(const config::Config& config, VolumeObserver& observer) {
    TRY_ASSIGN(auto admitted, admit_volumes(folder_.disk, *folder_.catalog, config));
    std::vector<pipeline::Volume> ports;
    for (auto& configured : admitted.configured) {
        TRY_ASSIGN(
            auto volume,
            LocalVolume::open({.disk = folder_.disk,
                               .clock = folder_.clock,
                               .catalog = *folder_.catalog,
                               .losses = *folder_.catalog,
                               .registry = *folder_.catalog,
                               .window = window_,
                               .key_found = [](const pipeline::KeyFound&) {}},
                              {.volume = std::move(configured),
                               .reserve_bytes = config.limits.disk_reserve_bytes,
                               .key_files_bytes_max = config.limits.idempotency_memory_bytes}));
        volume->start(observer);
        ports.push_back(volume->port());
        volumes_.push_back(std::move(volume));
    }
    std::vector<pipeline::AbsentVolume> absent;
    for (const auto& record : admitted.absent) absent.push_back({record.volume, record.name});
    port_ = std::make_unique<pipeline::Volumes>(std::move(ports), std::move(absent));
    return {};
}

Result<std::unique_ptr<pipeline::RecordedKeyHomes>> OpenedVolumes::open_key_homes() {
    auto homes = std::make_unique<pipeline::RecordedKeyHomes>(pipeline::RecordedKeyHomes::Parts{
        .store = *folder_.catalog,
        .clock = folder_.clock,
        .executor = background_,
        .is_away = [this](const VolumeId& volume) { return port_->is_away(volume); }});
    TRY(homes->load());
    return homes;
}

}  // namespace millrace
