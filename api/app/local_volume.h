#pragma once
// LocalVolume: one volume that may be opened (volume_start.h), with all that belongs to it: its
// lock, slices, journal, threads, and the look at its free space.
//
// Lifetime  stop() before what it reports to ends.
// Thread    the makers'; journal() and slices() as their ports say.

#include <functional>
#include <memory>
#include <string>

#include "api/app/disk_watch.h"
#include "api/app/volume_start.h"
#include "api/log/throttle.h"
#include "core/base/histogram.h"
#include "core/base/result.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/volumes.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/loss_catalog.h"
#include "core/ports/volume_registry.h"
#include "storage/journal/volume_journal.h"
#include "storage/local/slice_files.h"
#include "storage/os/system_rng.h"
#include "storage/os/thread_executor.h"

namespace millrace {

class LocalVolume {
public:
    struct Around {
        Disk& disk;
        Clock& clock;
        FileCatalog& catalog;
        LossCatalog& losses;
        VolumeRegistry& registry;
        pipeline::IdempotencyWindow& window;  // gets what the journal has of keys
        std::function<void(const pipeline::KeyFound&)> key_found;  // hears of each of these
    };
    struct Options {
        AdmittedVolume volume;
        std::uint64_t reserve_bytes = 0;
        std::uint64_t ballast_bytes = 0;                // 0: another watch of the disk has some
        std::uint64_t key_files_bytes_max = 256 << 20;  // of idempotency keys
        std::size_t open_slices_max = 2048;             // files; more are opened again when needed
    };

    // Recovers the volume and logs what was found; one whose disk fails is there, as failed.
    // Errors  those of VolumeJournal::open()
    static Result<std::unique_ptr<LocalVolume>> open(const Around& around, Options options);
    ~LocalVolume();

    // From here on `observer` hears of it.
    void start(VolumeObserver& observer);

    // Its threads end when they have done what they were given. After a checkpoint, or rows that
    // no client waits for are lost.
    void stop();

    pipeline::Volume port();
    const VolumeId& id() const { return options_.volume.volume; }
    const std::string& name() const { return options_.volume.name; }  // for the operator
    const std::string& directory() const { return options_.volume.directory; }
    std::uint64_t reserve_bytes() const { return options_.reserve_bytes; }
    bool has_room() const { return watch_.has_room(); }
    const journal::VolumeJournal& journal() const { return *journal_; }
    const Histogram& frame_times() const { return frame_times_; }
    const Histogram& frame_rows() const { return frame_rows_; }

private:
    LocalVolume(const Around& around, Options options);
    Result<void> recover();
    journal::JournalEvents journal_events();
    DiskEvents disk_events() const;
    void log_recovery() const;
    void remove_strays();

    const Around around_;
    const Options options_;
    os::SystemRng rng_;
    Histogram frame_times_{kFirstBitOfTimes};  // write and sync
    Histogram frame_rows_{0};                  // how many rows share a sync
    log::Throttle refusals_log_;
    log::Throttle slices_log_;
    log::Throttle checkpoints_log_;
    DiskWatch watch_;
    os::ThreadExecutor slices_thread_;
    os::ThreadExecutor journal_thread_;
    os::ThreadExecutor background_thread_;  // looks at the disk, fills spare segments
    std::unique_ptr<local::SliceFiles> slices_;
    std::unique_ptr<journal::VolumeJournal> journal_;
};

}  // namespace millrace
