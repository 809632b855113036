#pragma once
// StoppedFolder: a data folder that no service has; OpenedVolumes: its volumes, for commands that
// work on them as a service would.
//
// Thread  the command's.

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "api/app/local_volume.h"
#include "api/config/config.h"
#include "core/base/result.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volumes.h"
#include "core/ports/journal.h"
#include "storage/catalog/sqlite_catalog.h"
#include "storage/os/directory_lock.h"
#include "storage/os/posix_disk.h"
#include "storage/os/system_clock.h"
#include "storage/os/thread_executor.h"
#include "storage/secrets/sealed_secrets.h"

namespace millrace {

class StoppedFolder {
public:
    // Errors  conflict kDataLocked: a service has it; conflict: it is a backup; not_found: it has
    //         no catalog; those of opening the catalog
    static Result<std::unique_ptr<StoppedFolder>> open(const config::Config& config);

    os::PosixDisk disk;
    os::SystemClock clock;
    std::optional<secrets::SealedSecrets> secrets;
    std::unique_ptr<catalog::SqliteCatalog> catalog;

private:
    explicit StoppedFolder(os::DirectoryLock lock) : lock_(std::move(lock)) {}

    const os::DirectoryLock lock_;
};

class OpenedVolumes {
public:
    OpenedVolumes(StoppedFolder& folder, const config::Config& config)
        : folder_(folder), window_(config.limits.idempotency_memory_bytes) {}
    ~OpenedVolumes();
    OpenedVolumes(const OpenedVolumes&) = delete;
    OpenedVolumes& operator=(const OpenedVolumes&) = delete;

    // All configured ones. The observer must outlive them.
    // Errors  those of admit_volumes() and LocalVolume::open()
    Result<void> open(const config::Config& config, VolumeObserver& observer);

    pipeline::Volumes& port() { return *port_; }

    // Where keys of sources are on record, for those that move.
    Result<std::unique_ptr<pipeline::RecordedKeyHomes>> open_key_homes();

private:
    StoppedFolder& folder_;
    pipeline::IdempotencyWindow window_;
    os::ThreadExecutor background_{"background"};
    std::vector<std::unique_ptr<LocalVolume>> volumes_;
    std::unique_ptr<pipeline::Volumes> port_;
};

}  // namespace millrace
