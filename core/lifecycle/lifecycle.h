#pragma once
// Lifecycle: brings the rows of all sinks from local slices into their tables.
//
// A reconcile loop: every 100 ms it compares the open slices and files of the journal with the
// conditions and asks the journal to close what is due; it takes due uploads and imports from the
// catalog and runs them on workers. Each finished step and each report of the volume looks for work
// at once, so a row with `count: 1` does not wait for several turns of the timer:
//
//   close_file -> slice_sealed -> catalog -> file_closed -> catalog -> upload -> import
//
// Start, retry and recovery from a crash are this same loop. It acts on files and the mapping
// snapshots that they carry, never on the present state of a sink.
//
// Lifetime  made before the journal, which needs an observer; stop() must be done, and the journal
//           silent, before it goes.
// Thread    all state belongs to the strand; steps run on the workers, one at a time on each.
//           Public methods from any thread.
// See       docs/ARCHITECTURE.md, lifecycle

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/histogram.h"
#include "core/base/result.h"
#include "core/lifecycle/cleanup_step.h"
#include "core/lifecycle/due_work.h"
#include "core/lifecycle/file_change.h"
#include "core/lifecycle/file_rows.h"
#include "core/lifecycle/lifecycle_events.h"
#include "core/lifecycle/moment.h"
#include "core/lifecycle/open_ages.h"
#include "core/lifecycle/snapshots.h"
#include "core/lifecycle/staging_retention.h"
#include "core/lifecycle/stores.h"
#include "core/lifecycle/strand.h"
#include "core/lifecycle/stray_objects.h"
#include "core/lifecycle/volume_reports.h"
#include "core/ports/clock.h"
#include "core/ports/coverage_store.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"

namespace millrace::lifecycle {

struct LifecycleThreads {
    Executor& strand;
    std::vector<Executor*> workers;  // at least one; each runs one task at a time
};

// Counted since the start of the process.
struct LifecycleCounters {
    std::uint64_t uploads = 0;
    std::uint64_t failed_uploads = 0;
    std::uint64_t imports = 0;
    std::uint64_t failed_imports = 0;
    std::uint64_t imported_rows = 0;
};

class Lifecycle : public VolumeObserver, public PositionObserver {
public:
    // `node` are the settings of the configuration. Without them nothing is done by itself about
    // files that wait for long.
    Lifecycle(const Stores& stores, const Clock& clock, LifecycleThreads threads,
              LifecycleEvents events, std::optional<SettingOverrides> node = {});

    // The journal to look after; before its first report. Files and slices that came to their end
    // before a restart are reported by it, like all others.
    void watch(Journal& journal) { journal_ = &journal; }

    // Begins the loop; after the journal was started with this observer, because the loop asks it
    // at once to close what is due.
    void start();

    // Looks for work now: there are files that no report of a volume told of. From any thread.
    void look();

    // No new steps from here on, and imports under way are given up; `done` is called on the strand
    // when all steps have ended. What is not done is found again by the next start().
    void stop(std::function<void()> done);

    // Its imported files are forgotten like those that no checkpoint holds.
    void volume_ended(const VolumeId& volume);

    // Does what an operator wants with a file, and looks for work: `done` is called on the strand,
    // and never once the loop is stopped. It is refused while the file is being imported, so
    // nothing is ever imported and set aside. A restored file has its old id: if an import of it
    // was committed and the answer lost, the target knows, and no row is there twice.
    // Errors  not_found; conflict: the file is not in a state that allows it now; those of the
    //         catalog
    void change_file(const FileChange& change, FileChangeDone done);

    // A page of the rows of a file that is not imported: read_file_rows(). From any thread.
    Result<FileRowsPage> file_rows(FileId file, const RowsPlace& from) const;

    LifecycleCounters counters() const;
    // Files that are not imported since more than a day.
    std::uint64_t waiting_long() const { return retention_ ? retention_->waiting_long() : 0; }
    // From the first step of an import to its end, in nanoseconds; of those that succeeded.
    const Histogram& import_times() const { return import_times_; }

    void slice_sealed(const OpenSlice& slice) override;
    void file_closed(const OpenFile& file) override;
    void file_covers(const CoveredPositions& covered) override;
    void checkpointed(const VolumeId& volume, Sequence sequence) override;
    void batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override;

private:
    void tick();
    void close_due(const Moment& now);
    void wake();
    void take_work();
    void start_due_work();
    void wake_late();
    bool has_older(const File& file) const;
    void record_covered(const CoveredPositions& covered);
    Result<void> change_now(const FileChange& change);
    void change_by_itself(const FileChange& change);
    Result<void> look_at_retention();

    void start_work(std::size_t worker, Work work);
    std::optional<SteadyTime> run(const Work& work);
    Result<void> upload(const Slice& slice, const MappingSnapshot& snapshot);
    Result<void> import(const Work& work);
    std::optional<SteadyTime> end_refused_load(const Work& work, const Error& error);
    void tell_unconfigured(const Work& work, const Error& error);
    std::optional<SteadyTime> record_failure(const Work& work, const Error& error);
    std::string next_attempt();
    void tell_leftover(const Result<void>& removed, const std::string& subject);
    void start_cleanup(std::size_t worker);
    void release(std::size_t worker);
    std::optional<std::size_t> idle_worker() const;

    const Stores stores_;
    const Clock& clock_;
    const WallTime begun_at_ = clock_.wall();
    std::atomic<std::uint64_t> attempts_ = 0;  // to upload
    const LifecycleEvents events_;
    Strand strand_;
    const std::vector<Executor*> workers_;
    Snapshots snapshots_;
    VolumeReports reports_;
    DueWork due_work_;
    std::vector<Work> due_;       // of the last list, not taken yet
    Journal* journal_ = nullptr;  // null before watch()

    std::vector<bool> busy_;  // by worker
    using SinkOnVolume = std::pair<SinkNumber, VolumeId>;
    std::map<SinkOnVolume, std::set<FileId>> open_files_;  // of the last turn
    OpenAges ages_;
    std::unordered_set<Uuid> asked_;  // open slices and files that the journal was asked to close
    bool wake_posted_ = false;
    bool late_wake_posted_ = false;
    SteadyTime list_again_at_ = SteadyTime::min();  // while some of the list may not start
    bool has_news_ = false;                         // since the catalog was asked what is due
    SteadyTime cleanup_at_;
    bool cleaning_ = false;
    LeftoverPlace leftovers_;                  // of the worker that cleans up, as the next
    std::vector<StrayObjects> stray_objects_;  // of each staging
    std::optional<StagingRetention> retention_;
    std::function<void()> stopped_;  // set by stop()
    std::atomic<bool> stopping_ = false;

    Guarded<std::map<VolumeId, Sequence>> checkpointed_;

    // How often work has failed that the catalog could not be told of.
    Guarded<std::map<Uuid, std::uint32_t>> untold_attempts_;

    Histogram import_times_{20};  // the first bucket is up to a millisecond
    std::atomic<std::uint64_t> uploads_ = 0;
    std::atomic<std::uint64_t> failed_uploads_ = 0;
    std::atomic<std::uint64_t> imports_ = 0;
    std::atomic<std::uint64_t> failed_imports_ = 0;
    std::atomic<std::uint64_t> imported_rows_ = 0;
};

}  // namespace millrace::lifecycle
