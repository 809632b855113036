#pragma once
// VolumeWorld: the real journal and the real slices on a simulated disk, in one thread, with an
// oracle.
//
// Rows have unique texts. The oracle knows which were sent and which were acknowledged; after every
// power loss and recovery each acknowledged row must be in the slices exactly once, and every other
// row that was sent at most once. A closed file is imported, and the catalog forgets it, as soon as
// the journal allows that. Some batches have a key: if they were acknowledged, recovery tells it
// until it expires; and whenever it tells a key, the rows are there. Some have positions of a
// source: where recovery tells one, the rows that came with it are there and none that came with a
// newer one. Where a file is told to cover positions, no row of its sink that is acknowledged later
// came with one of them. The clock may be set back between two lives; what is opened still comes
// after all that waits.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ports/coverage_store.h"
#include "storage/journal/volume_journal.h"
#include "storage/local/slice_files.h"
#include "tests/sim/sim_catalog.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/sim_rng.h"
#include "tests/support/clocks.h"

namespace millrace::sim {

class VolumeWorld : public VolumeObserver, public PositionObserver {
public:
    VolumeWorld(SimDisk& disk, std::uint64_t seed);
    ~VolumeWorld() override;

    // Recovers the volume and lets it run, also if has_failed().
    // Errors  those of VolumeJournal::open()
    Result<void> start();

    // Ends the process without courtesy: nothing that is queued happens any more.
    void kill();

    // One step of a life: rows, a turn of some thread, a sealed slice, a closed file, a checkpoint.
    void step();

    // Runs everything that can run now, timers included, for three seconds of simulated time.
    void settle();

    // The volume fails for a reason of its own.
    void fail() { journal_->fail(Error(Code::unknown_outcome, "a sync failed")); }

    // Asks for a checkpoint, as the end of a process does. Returns whether there is one.
    bool checkpoint();

    // A person accepts the state of a failed volume.
    void accept_failure();

    // Compares the slices with what was sent and acknowledged. Empty if all is well, else what is
    // wrong.
    std::string verdict();

    // The same for the order of what was opened since the last start.
    std::string verdict_on_order() const;

    bool is_running() const { return journal_ != nullptr; }
    bool has_failed() const { return journal_ != nullptr && !journal_->health().ok(); }
    std::size_t checkpoint_failures() const { return checkpoint_failures_; }
    std::size_t forgotten() const { return forgotten_; }  // files
    std::size_t acknowledged() const { return acknowledged_.size(); }
    std::size_t remembered() const { return remembered_; }  // keys that a recovery had to tell
    std::size_t covers() const { return covers_; }          // files that were told with positions
    std::size_t positioned() const { return positioned_count_; }  // positions that it had to
    const journal::RecoveryReport& recovery() const { return journal_->recovery(); }
    std::vector<VolumeId> unknown_volumes() const { return journal_->unknown_volumes(); }
    std::size_t local_slices() const { return journal_->local_slices().size(); }

    void slice_sealed(const OpenSlice& slice) override;
    void file_closed(const OpenFile& file) override;
    void file_covers(const CoveredPositions& covered) override;
    void checkpointed(const VolumeId& volume, Sequence sequence) override;
    void batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) override;

private:
    void submit();
    void forget(FileId file);
    std::string receipts_verdict(const std::map<std::string, int>& seen);
    struct Keyed {
        RememberedAnswer answer;
        std::vector<std::string> texts;  // of its rows
        bool is_acknowledged = false;
    };
    RememberedAnswer make_answer();
    struct Positioned {
        SourcePosition position;
        std::vector<std::string> texts;  // of the rows it came with
        bool is_acknowledged = false;
    };
    SourcePosition make_position();
    void check_behind(SinkNumber sink, const SourcePosition& position) const;
    std::string verdict_on_positions(const std::map<std::string, int>& seen);
    std::string verdict_on_keys(const std::map<std::string, int>& seen);
    Result<void> count_rows(const std::string& path, const SliceContent& content,
                            std::map<std::string, int>& seen);

    SimDisk& disk_;
    SimRng rng_;
    test::ManualClock clock_;
    MemoryCatalog catalog_;
    struct Taken {
        Ticket ticket;
        std::map<SinkNumber, std::string> rows;  // the first of each sink
    };
    std::vector<Taken> taken_;
    std::map<SinkNumber, std::vector<std::pair<BatchNumber, BatchNumber>>> forgotten_batches_;
    std::set<std::string> sent_;
    std::set<std::string> acknowledged_;
    std::uint64_t told_rows_ = 0;          // by JournalEvents::frame_synced
    std::uint64_t answered_rows_ = 0;      // by RowBatch::done
    std::map<std::string, int> imported_;  // how often, of the files that are forgotten
    std::size_t forgotten_ = 0;
    std::size_t checkpoint_failures_ = 0;
    std::uint64_t next_row_ = 0;
    std::map<Fingerprint, Keyed> keyed_;                 // by key
    std::map<Fingerprint, RememberedAnswer> recovered_;  // of the last start
    AgeTime recovered_at_;
    AgeTime latest_;        // of all lives before and the last recovery; a crash sets it back
    std::set<Uuid> known_;  // files and slices of the lives before
    Uuid newest_;           // of those that waited at the last start
    std::size_t remembered_ = 0;
    std::map<std::string, std::vector<Positioned>> positioned_;  // by partition
    std::size_t positioned_count_ = 0;
    std::map<SinkNumber, std::map<std::string, SourcePosition>> covered_;  // by partition
    std::size_t covers_ = 0;

    std::unique_ptr<SimScheduler> scheduler_;  // one a life
    std::unique_ptr<local::SliceFiles> slices_;
    std::unique_ptr<journal::VolumeJournal> journal_;
};

}  // namespace millrace::sim
