#pragma once
// VolumeJournal: the journal of one volume: queue, group commit, checkpoints, recovery.
//
// All that gathers while a frame is written and synced goes into the next frame: group commit that
// keeps no client waiting. Only batches no client waits for are gathered for a few milliseconds,
// because a sync costs the processor as much as the rows of ten requests.
//
// Lifetime  open() recovers and returns it; start() before the first submit(). Stop its executor
//           first.
// Thread    frames are written on `executor`; callbacks run there.
// Durable   as core/ports/journal.h says. After a failed sync, in recovery too, or a write of a
//           frame that may be there all the same, the volume takes no more rows, also after a
//           restart, until a person removes the file FAILED from its directory. What else keeps a
//           frame out, no space and no descriptors above all, fails its batches, and the next frame
//           is tried.
// Format    docs/formats/journal.md, docs/formats/checkpoint.md, docs/formats/keys.md

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/coverage_store.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/lazy_executor.h"
#include "core/ports/loss_catalog.h"
#include "core/ports/rng.h"
#include "core/ports/slice_store.h"
#include "core/ports/volume_registry.h"
#include "storage/journal/binder.h"
#include "storage/journal/key_files.h"
#include "storage/journal/recovery.h"
#include "storage/journal/segment_writer.h"

namespace millrace::journal {

// For the log and the metrics.
struct FrameSynced {
    std::chrono::nanoseconds took;  // write and sync
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
};
struct JournalEvents {
    // On the journal's thread, before a client hears that its rows are durable.
    std::function<void(const FrameSynced&)> frame_synced;
    std::function<void(const Error&)> volume_failed;  // from any thread, once
    // On the journal's thread: the rows of a frame were refused, and the volume lives on.
    std::function<void(const Error&)> frame_refused;
    // On the journal's thread; it is tried again.
    std::function<void(const Error&)> checkpoint_failed;
    // On the thread of the slices: a file of answers is gone or does not go; a restart forgets keys
    // that memory may still have.
    std::function<void(const KeyFileTrouble&)> key_file_trouble;
    // By open(): every answer that was remembered and has not expired, oldest first; of one key the
    // last counts.
    std::function<void(const RememberedAnswer&)> answer_recovered;
};

class VolumeJournal final : public Journal {
public:
    struct Options {
        VolumeId volume;
        std::string name = {};  // what the operator calls it; empty: as `volume`
        // "<data>/volumes/default"; the journal is in journal/ below it.
        std::string volume_directory;
        std::uint64_t segment_bytes = 32 << 20;
        std::uint64_t kept_free_bytes = 0;          // no spare segment is made ahead of less room
        std::uint64_t checkpoint_bytes = 64 << 20;  // a checkpoint after that much journal
        std::uint64_t distance_bytes_max = 256
                                           << 20;  // without a checkpoint for that long: overloaded
        std::uint64_t queue_bytes_max = 64 << 20;  // handed over and not yet in a frame
        std::uint64_t backlog_bytes_max = 64 << 20;  // in frames and not yet in slices
        std::uint64_t key_files_bytes_max = 256
                                            << 20;  // of remembered answers behind the checkpoints
        LazyExecutor::Patience patience = {.time = std::chrono::milliseconds(5),
                                           .bytes = 1 << 20};  // of batches
    };
    struct Surroundings {
        Disk& disk;
        Clock& clock;
        Rng& rng;              // used on the journal's thread only
        Executor& executor;    // the journal's thread
        Executor& background;  // fills spare segments
        SliceStore& slices;
        FileCatalog& catalog;  // used by open() only, as the next
        LossCatalog& losses;
        VolumeRegistry& registry;
    };

    // Recovers the volume. A volume that has FAILED is not touched: it is returned as failed, and
    // its rows are unknown. So is one whose disk fails now, in here or before (`prepared`: how
    // making its directories went): after a failed sync it stays so, else the next start tries
    // again.
    // Errors  those of the catalog; corrupt if the directory has a journal but no volume-id;
    //         conflict if the registry knows another volume by this VolumeId, or more frames than
    //         the journal has
    static Result<std::unique_ptr<VolumeJournal>> open(Surroundings around, Options options,
                                                       JournalEvents events,
                                                       const Result<void>& prepared = {});

    // From here on the observer hears of the volume, and slices and files that recovery found to be
    // at their end are sealed and closed.
    void start(VolumeObserver& observer);

    const RecoveryReport& recovery() const { return report_; }

    Result<Ticket> submit(RowBatch&& batch) override;
    BatchState state_of(const Ticket& ticket) const override;
    std::uint64_t waiting_bytes() const override;
    std::uint64_t batch_bytes_max() const override;
    std::vector<OpenFile> open_files() const override;
    std::vector<OpenSlice> local_slices() const override;
    std::vector<VolumeId> unknown_volumes() const override;
    Result<std::vector<SourcePosition>> positions_of(const Fingerprint& source) const override;
    void slice_recorded(SliceId slice) override;
    void close_slice(SliceId slice) override;
    void close_file(FileId file) override;
    void close_versions(SinkNumber sink, MappingVersion below, std::function<void()> done) override;
    void take_no_more() override;
    void checkpoint(std::function<void(const Result<void>&)> done) override;
    Result<void> health() const override;

    // The volume takes no more rows, for good. From any thread.
    void fail(const Error& error);

    // Every answer that is remembered in the files beside the checkpoints, and has not expired.
    // After take_no_more() and a checkpoint these are all.
    // Errors  of the disk
    Result<void> for_each_answer(AgeTime now,
                                 const std::function<void(const RememberedAnswer&)>& on_answer);

    // The newest position of each partition of each source, of frames that are durable.
    std::vector<SourcePosition> positions() const;

    // Journal bytes that a restart would have to replay now, at most.
    std::uint64_t distance_bytes() const { return distance_bytes_.load(std::memory_order_relaxed); }

private:
    using Command = std::function<void()>;
    struct Queue {
        std::vector<std::variant<RowBatch, Command>> items;
        std::uint64_t bytes = 0;
        BatchNumber newest;  // the number given last
        bool takes_rows = true;
    };

    VolumeJournal(Surroundings around, Options options, JournalEvents events, Recovered recovered,
                  KeyFiles key_files);
    static std::unique_ptr<VolumeJournal> as_failed(Surroundings around, Options options,
                                                    JournalEvents events, Error failure);

    void note(const Error& error);
    void enqueue(Command command);
    void run();
    void gather(RowBatch batch);
    void commit();
    void refuse_gathered(const Error& error);
    void note_positions(const std::vector<RowBatch>& batches);
    void tell_covered(const OpenFile& file);
    Result<SyncedFrame> write_frame(Sequence sequence);
    void finish_file(const OpenFile& file);
    void seal(SliceId slice);
    void begin_checkpoint();
    struct NewCheckpoint {
        Sequence sequence;
        BatchNumber last_batch;
        std::uint64_t written_bytes = 0;  // writer_.written_bytes() at `sequence`
        Sequence forgettable;
        std::shared_ptr<const AnswerEntries> answers;  // of the frames since the checkpoint before
        std::vector<SourcePosition> positions;
    };
    Result<void> store(NewCheckpoint& made, Result<std::vector<OpenSlice>> slices);
    void finish_checkpoint(const Result<void>& stored, const NewCheckpoint& made);

    Surroundings around_;
    const Options options_;
    const JournalEvents events_;
    const std::uint64_t epoch_;
    RecoveryReport report_;
    std::vector<OpenFile> closed_by_recovery_;
    std::vector<SliceId> sealed_by_recovery_;
    bool recovered_ = true;  // set by open()

    LazyExecutor tasks_;  // run(), once for each item of the queue
    Guarded<Queue> queue_;
    Guarded<Binder> binder_;
    Guarded<Positions> positions_;  // of the frames that are durable
    // Sinks of sources that read by themselves, since the start.
    std::map<SinkNumber, Fingerprint> read_by_;
    PositionObserver* position_observer_ = nullptr;
    Guarded<std::optional<Error>> failure_;
    std::atomic<bool> failed_ = false;
    std::atomic<std::uint64_t> distance_bytes_ = 0;
    std::atomic<std::uint64_t> durable_batch_ =
        0;  // and all taken before it, but for the lost ones

    // On the journal's thread only:
    VolumeObserver* observer_ = nullptr;  // null until start() has come to its turn
    SegmentWriter writer_;
    Sequence last_;
    Sequence previous_checkpoint_;  // the older generation
    Sequence newest_checkpoint_;
    Sequence previous_forgettable_;  // forgettable() of the two
    Sequence newest_forgettable_;
    std::uint64_t checkpointed_bytes_ = 0;  // writer_.written_bytes() at the newest
    bool checkpoint_running_ = false;
    bool checkpoint_retry_waits_ = false;  // one failed, and the timer of the next try runs
    std::vector<std::function<void(const Result<void>&)>> checkpoint_waiters_;
    std::vector<RowBatch> gathered_;    // for the next frame
    std::uint64_t gathered_bytes_ = 0;  // of that frame, at most
    std::string frame_;                 // reused
    AnswerEntries frame_answers_;       // of the frame being written; reused
    AnswerEntries answers_;  // of the frames since the checkpoint, which is to write them

    KeyFiles key_files_;  // used by open(), then by one checkpoint at a time
};

}  // namespace millrace::journal
