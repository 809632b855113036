#include "api/app/volume_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "api/app/app.h"
#include "api/app/local_volume.h"
#include "api/app/secret_keys.h"
#include "api/app/volume_start.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volume_acts.h"
#include "core/policy/volume_checks.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/directory_lock.h"
#include "storage/os/posix_disk.h"
#include "storage/os/system_clock.h"
#include "storage/os/thread_executor.h"
#include "storage/secrets/sealed_secrets.h"

namespace millrace {
namespace {

// A data folder that no service has.
class StoppedFolder {
public:
    static Result<std::unique_ptr<StoppedFolder>> open(const config::Config& config) {
        auto lock = os::DirectoryLock::acquire(config.data_dir);
        if (!lock.ok()) {
            if (lock.error().code() != Code::conflict) return lock.error();
            return std::move(lock)
                .error()
                .named(kDataLocked)
                .in("stop the service, or use /v1/volumes of its API");
        }
        std::unique_ptr<StoppedFolder> folder(new StoppedFolder(std::move(lock).value()));
        const auto path = config.data_dir + "/catalog.sqlite";
        TRY(folder->disk.open(path, Disk::Open::existing));  // opening the catalog would make one
        TRY_ASSIGN(const auto keys, load_secret_keys(config));
        folder->secrets.emplace(keys);
        auto opened = catalog::SqliteCatalog::open(path, *folder->secrets);
        if (!opened.ok()) return explain_secret_error(std::move(opened).error(), config);
        folder->catalog = std::move(opened).value();
        TRY_ASSIGN(const auto age, folder->catalog->load_age(folder->clock.wall()));
        folder->clock.begin_ages(age);
        return folder;
    }

    os::PosixDisk disk;
    os::SystemClock clock;
    std::optional<secrets::SealedSecrets> secrets;
    std::unique_ptr<catalog::SqliteCatalog> catalog;

private:
    explicit StoppedFolder(os::DirectoryLock lock) : lock_(std::move(lock)) {}

    const os::DirectoryLock lock_;
};

// Nothing is recorded while a folder is stopped: the next start finds it again.
class DeafObserver final : public VolumeObserver {
public:
    void slice_sealed(const OpenSlice&) override {}
    void file_closed(const OpenFile&) override {}
    void checkpointed(const VolumeId&, Sequence) override {}
    void batches_lost(const VolumeId&, BatchNumber, BatchNumber) override {}
};

// All configured volumes, and the one that is to be retired where it was last, if it was taken out
// of the configuration already.
class OpenedVolumes {
public:
    OpenedVolumes(StoppedFolder& folder, const config::Config& config)
        : folder_(folder), window_(config.limits.idempotency_memory_bytes) {}
    ~OpenedVolumes() {
        for (const auto& volume : volumes_) volume->stop();
        background_.stop();
    }
    OpenedVolumes(const OpenedVolumes&) = delete;
    OpenedVolumes& operator=(const OpenedVolumes&) = delete;

    Result<void> open(const config::Config& config) {
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
            volume->start(deaf_);
            ports.push_back(volume->port());
            volumes_.push_back(std::move(volume));
        }
        std::vector<pipeline::AbsentVolume> absent;
        for (const auto& record : admitted.absent) absent.push_back({record.volume, record.name});
        port_ = std::make_unique<pipeline::Volumes>(std::move(ports), std::move(absent));
        return {};
    }

    pipeline::Volumes& port() { return *port_; }

    // Where keys of sources are on record, for those that move.
    Result<std::unique_ptr<pipeline::RecordedKeyHomes>> open_key_homes() {
        auto homes = std::make_unique<pipeline::RecordedKeyHomes>(pipeline::RecordedKeyHomes::Parts{
            .store = *folder_.catalog,
            .clock = folder_.clock,
            .executor = background_,
            .is_away = [this](const VolumeId& volume) { return port_->is_away(volume); }});
        TRY(homes->load());
        return homes;
    }

private:
    StoppedFolder& folder_;
    DeafObserver deaf_;
    pipeline::IdempotencyWindow window_;
    os::ThreadExecutor background_{"background"};
    std::vector<std::unique_ptr<LocalVolume>> volumes_;
    std::unique_ptr<pipeline::Volumes> port_;
};

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
    return fmt::format("volume {} was renamed to {} on {}; call it so in the configuration", from,
                       to, format_utc(record.renamed_at));
}

Result<std::string> retire_volume(const config::Command& command) {
    const auto& name = command.operands.at(0);
    TRY_ASSIGN(const auto folder, StoppedFolder::open(command.config));
    TRY_ASSIGN(auto record, pipeline::find_named_volume(*folder->catalog, name));
    if (record.state == VolumeState::active) {
        auto config = command.config;
        if (!record.directory.empty()) config.volumes.try_emplace(name, record.directory);
        OpenedVolumes volumes(*folder, config);
        TRY(volumes.open(config));
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
    return pipeline::end_sentence(record) + "; what is on its disk is kept, and is not taken back";
}

}  // namespace millrace
