#include "api/app/storage_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "api/app/latch.h"
#include "api/app/secret_keys.h"
#include "api/app/start_conditions.h"
#include "api/app/volume_start.h"
#include "api/log/log.h"
#include "core/base/byte_size.h"
#include "core/base/error_names.h"
#include "storage/os/disk_space.h"
#include "storage/sqlite/sqlite_version.h"

namespace millrace {
namespace {

constexpr auto kTendKeyHomesEvery = std::chrono::minutes(1);

// Which of SQLite's faults concern this machine.
void tell_sqlite() {
    if (sqlite::has_wal_reset_fault()) {
        log::warn("sqlite",
                  {{"version", sqlite::library_version()},
                   {"message",
                    "it can lose a commit when two connections write and checkpoint at once; this "
                    "service never does, and other programs that write to target files should have "
                    "3.51.3 or newer, see docs/adr/0010-sqlite-checkpoints.md"}});
    } else {
        log::info("sqlite", {{"version", sqlite::library_version()}});
    }
}

}  // namespace

void tell_unrecorded(const Error& error) {
    log::warn("key_homes_not_recorded", {{"cause", error.operator_text()}});
}

Result<void> StoragePart::start() {
    TRY(open_catalog());
    TRY(require_conditions());
    TRY_ASSIGN(const auto epoch, begin_epoch());
    TRY_ASSIGN(backends_, NodeBackends::open(machine_.config(), kinds_, machine_.disk(), *catalog_,
                                             {.registry = *catalog_,
                                              .clock = machine_.clock(),
                                              .random = machine_.secure_rng()},
                                             epoch));
    TRY(backends_->tell_missing(*catalog_));
    backend_probe_ = std::make_unique<BackendProbe>(*backends_, machine_.clock());
    tell_unusable_backends();
    return open_volumes();
}

Result<void> StoragePart::require_conditions() {
    CatalogRecords records;
    TRY_ASSIGN(records.restored, catalog_->restored());
    TRY_ASSIGN(records.volumes, catalog_->volumes());
    return require(catalog_conditions(machine_.config(), machine_.disk(), records,
                                      machine_.clock().wall(), Volumes::left_out));
}

// What its objects in stagings are called by; empty where it was never restored.
Result<std::string> StoragePart::begin_epoch() {
    TRY_ASSIGN(const auto restored, catalog_->restored());
    is_restored_ = restored.has_value();
    if (!restored) return std::string();
    if (!restored->has_started) TRY(catalog_->mark_started());
    log::info("restored", {{"epoch", restored->epoch},
                           {"backup_of", format_utc(restored->backup_at)},
                           {"staging_prefix", epoch_name(restored->token)}});
    return epoch_name(restored->token);
}

// A start waits for none of them: what is away is needed later, and waits until it is back.
void StoragePart::tell_unusable_backends() {
    backend_probe_->ask([](const auto& findings) {
        for (const auto& [what, outcome] : *findings) {
            if (outcome.ok()) continue;
            // Its kind has told.
            if (what.starts_with("target") && outcome.error().code() == Code::unavailable) continue;
            log::error("backend_unusable",
                       {{"backend", what},
                        {"cause", outcome.error().operator_text()},
                        {"message", "what needs it waits, and is tried again"}});
        }
    });
}

void StoragePart::stop() {
    if (backend_probe_ != nullptr) backend_probe_->stop();
    if (volumes_ != nullptr) {
        const auto written = std::make_shared<Latch>();
        volumes_->checkpoint([written](const Result<void>& result) {
            if (!result.ok()) {
                log::warn("no_checkpoint", {{"cause", result.error().operator_text()}});
            }
            written->open();
        });
        written->wait(kStopWait);
    }
    for (const auto& volume : local_volumes_) volume->stop();
    if (ages_ != nullptr) ages_->stop();
}

Result<void> StoragePart::has_room() const {
    TRY(data_folder_has_room());
    return volumes_->has_room();
}

Result<void> StoragePart::has_room(const VolumeId& volume) const {
    TRY(data_folder_has_room());
    return volumes_->has_room(volume);
}

// A disk that cannot be asked is no reason to refuse.
Result<void> StoragePart::has_room_for(const VolumeId& volume, std::uint64_t bytes) const {
    TRY(has_room(volume));
    const auto local =
        std::ranges::find_if(local_volumes_, [&](const auto& one) { return one->id() == volume; });
    if (local == local_volumes_.end()) return {};
    const auto space = os::disk_space((*local)->directory());
    if (!space.ok()) return {};
    const auto reserve = (*local)->reserve_bytes();
    const auto room = space.value().free_bytes - std::min(space.value().free_bytes, reserve);
    if (bytes <= room) return {};
    return Error(Code::overloaded,
                 fmt::format("The disk is full for {}: it has room for {}; make room, or send less "
                             "at once.",
                             format_byte_size(bytes), format_byte_size(room)))
        .named(error_names::kInDiskFull);
}

Result<void> StoragePart::data_folder_has_room() const {
    if (machine_.disk_watch().has_room()) return {};
    return Error(Code::overloaded, "The disk is full; try again later.")
        .named(error_names::kInDiskFull);
}

Result<void> StoragePart::open_catalog() {
    tell_sqlite();
    TRY_ASSIGN(const auto ring, load_secret_keys(machine_.config()));
    secrets_.emplace(ring);
    auto opened = catalog::SqliteCatalog::open(machine_.path("catalog.sqlite"), *secrets_);
    if (!opened.ok()) return explain_secret_error(std::move(opened).error(), machine_.config());
    catalog_ = std::move(opened).value();
    auto ages = std::make_unique<AgeKeeper>(*catalog_, machine_.clock(), machine_.background());
    TRY(ages->start());
    ages_ = std::move(ages);
    const auto& sealing = catalog_->sealing();
    if (sealing.sealed > 0) log::info("secrets_sealed", {{"sources", sealing.sealed}});
    if (sealing.unclean) {
        log::warn("secrets_not_cleaned",
                  {{"cause", sealing.unclean->operator_text()},
                   {"message",
                    "free pages of the catalog may have old secrets; the next start "
                    "tries again"}});
    }
    return {};
}

Result<void> StoragePart::open_volumes() {
    TRY_ASSIGN(auto admitted, admit_volumes(machine_.disk(), *catalog_, machine_.config()));
    std::vector<pipeline::Volume> ports;
    FoundKeys found;
    const auto key_found = [&found](const pipeline::KeyFound& key) {
        auto& over_at = found[{key.source, key.volume}];
        over_at = std::max(over_at, key.over_at);
    };
    for (auto& configured : admitted.configured) {
        const bool has_own_disk = machine_.config().volumes.contains(configured.name);
        TRY_ASSIGN(
            auto volume,
            LocalVolume::open(
                {.disk = machine_.disk(),
                 .clock = machine_.clock(),
                 .catalog = *catalog_,
                 .losses = *catalog_,
                 .registry = *catalog_,
                 .window = window_,
                 .key_found = key_found},
                {.volume = std::move(configured),
                 .reserve_bytes = machine_.config().limits.disk_reserve_bytes,
                 // Else that of the data folder.
                 .ballast_bytes = has_own_disk ? machine_.config().limits.disk_ballast_bytes : 0,
                 .key_files_bytes_max = machine_.config().limits.idempotency_memory_bytes,
                 .open_slices_max = machine_.open_slices()}));
        ports.push_back(volume->port());
        local_volumes_.push_back(std::move(volume));
    }
    TRY(tell_missing_volumes(admitted.absent));
    std::vector<pipeline::AbsentVolume> absent;
    for (auto& record : admitted.absent) {
        absent.push_back({.id = std::move(record.volume), .name = std::move(record.name)});
    }
    volumes_ = std::make_unique<pipeline::Volumes>(std::move(ports), std::move(absent));
    return open_key_homes(found);
}

// Only a volume can say that a file gets no more rows, so what it has not closed waits for it; and
// it may have rows that only it knows of.
Result<void> StoragePart::tell_missing_volumes(const std::vector<VolumeRecord>& absent) const {
    TRY_ASSIGN(auto waiting, catalog_->rows_to_import_by_volume());
    for (const auto& record : absent) {
        log::error("volume_missing",
                   {{"volume", record.name},
                    {"directory", record.directory},
                    {"rows", waiting[record.volume]},
                    {"message",
                     "it is not configured, and may have rows besides those, which wait for their "
                     "import; configure it again, or end it with millrace volume retire or lost"}});
    }
    return {};
}

Result<void> StoragePart::open_key_homes(const FoundKeys& found) {
    key_homes_ = std::make_unique<pipeline::RecordedKeyHomes>(pipeline::RecordedKeyHomes::Parts{
        .store = *catalog_,
        .clock = machine_.clock(),
        .executor = machine_.background(),
        .is_away = [this](const VolumeId& volume) { return volumes_->is_away(volume); },
        .failed = tell_unrecorded});
    TRY(key_homes_->load());
    std::vector<pipeline::KeyFound> keys;
    for (const auto& [where, over_at] : found) keys.push_back({where.first, where.second, over_at});
    TRY(key_homes_->add(keys));
    TRY(key_homes_->tend());
    tend_key_homes();
    return {};
}

void StoragePart::tend_key_homes() {
    machine_.background().post_at(machine_.clock().steady() + kTendKeyHomesEvery, [this] {
        if (const auto tended = key_homes_->tend(); !tended.ok()) tell_unrecorded(tended.error());
        tend_key_homes();
    });
}

}  // namespace millrace
