#pragma once
// StoragePart: all that is kept: the catalog, the volumes, the targets and stagings, and where keys
// may be.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/app/age_keeper.h"
#include "api/app/backend_probe.h"
#include "api/app/kinds.h"
#include "api/app/local_volume.h"
#include "api/app/machine_part.h"
#include "api/app/node_backends.h"
#include "api/app/part.h"
#include "core/lifecycle/removal_hold.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volumes.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/secrets/sealed_secrets.h"

namespace millrace {

class StoragePart final : public Part {
public:
    StoragePart(MachinePart& machine, const Kinds& kinds) : machine_(machine), kinds_(kinds) {}

    // Recovers the volumes; they take rows once PipelinePart has started them.
    Result<void> start() override;
    // Writes a checkpoint, and ends the volumes' threads.
    void stop() override;

    catalog::SqliteCatalog& catalog() { return *catalog_; }
    NodeBackends& backends() { return *backends_; }
    BackendProbe& backend_probe() { return *backend_probe_; }
    pipeline::Volumes& volumes() { return *volumes_; }
    std::vector<std::unique_ptr<LocalVolume>>& local_volumes() { return local_volumes_; }
    pipeline::IdempotencyWindow& window() { return window_; }
    pipeline::RecordedKeyHomes& key_homes() { return *key_homes_; }
    lifecycle::RemovalHold& removal_hold() { return removal_hold_; }
    // Whether this installation goes on with a backup of another one.
    bool is_restored() const { return is_restored_; }

    // Whether the disks have room.
    // Errors  overloaded
    Result<void> has_room() const;
    // The same for what goes to one volume.
    Result<void> has_room(const VolumeId& volume) const;
    // The same with so many bytes more. It asks the disk.
    Result<void> has_room_for(const VolumeId& volume, std::uint64_t bytes) const;

private:
    // The last end of the keys of each source on each volume.
    using FoundKeys = std::map<std::pair<Fingerprint, VolumeId>, AgeTime>;

    Result<void> data_folder_has_room() const;
    Result<void> open_catalog();
    Result<void> require_conditions();
    Result<std::string> begin_epoch();
    void tell_unusable_backends();
    Result<void> open_volumes();
    Result<void> tell_missing_volumes(const std::vector<VolumeRecord>& absent) const;
    Result<void> open_key_homes(const FoundKeys& found);
    void tend_key_homes();

    MachinePart& machine_;
    const Kinds& kinds_;
    lifecycle::RemovalHold removal_hold_;
    bool is_restored_ = false;
    std::optional<secrets::SealedSecrets> secrets_;
    std::unique_ptr<catalog::SqliteCatalog> catalog_;
    std::unique_ptr<AgeKeeper> ages_;
    std::unique_ptr<NodeBackends> backends_;
    std::unique_ptr<BackendProbe> backend_probe_;
    pipeline::IdempotencyWindow window_{machine_.config().limits.idempotency_memory_bytes};
    std::vector<std::unique_ptr<LocalVolume>> local_volumes_;
    std::unique_ptr<pipeline::Volumes> volumes_;
    std::unique_ptr<pipeline::RecordedKeyHomes> key_homes_;
};

// Where keys may be could not be put on record.
void tell_unrecorded(const Error& error);

}  // namespace millrace
