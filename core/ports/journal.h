#pragma once
// Journal: the append-only log of a volume; what makes an answer true.
//
// The journal alone binds rows to slices and slices to files, and is the authority on both until a
// slice is sealed (docs/ARCHITECTURE.md, durability protocol).
//
// Thread   all methods from any thread. Callbacks run on the journal's own thread: keep them short.
// Durable  when RowBatch::done is called without an error, every row of the batch survives a power
//          loss.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/file.h"
#include "core/model/position.h"
#include "core/model/remembered_answer.h"

namespace millrace {

// Consecutive rows of one sink inside RowBatch::csv.
struct RowGroup {
    SinkVersion sink;
    std::uint32_t rows = 0;
    std::uint64_t bytes = 0;
};

// What is handed over at once, an ingest loop's turn for example: rows of many requests, in one
// frame, the answers of those with a key, and how far sources were read: durable together.
struct RowBatch {
    std::string csv;               // the rows of all groups, back to back
    std::vector<RowGroup> groups;  // their bytes add up to csv.size()
    WallTime arrived_at;           // of the turn
    AgeTime age = {};              // the same moment
    std::vector<RememberedAnswer> answers = {};
    std::vector<SourcePosition> positions = {};  // that sources have come to with these rows
    BatchNumber number = {};                     // set by the journal
    std::size_t lane = 0;                        // from Journal::lane_of()
    bool may_wait = false;  // no client waits for it: it may share a frame with what comes soon

    // May be empty. Called at most once, before `done`, when the rows are in the page cache: they
    // survive a crash of the process, not yet one of the machine.
    std::function<void()> written = nullptr;

    // May be empty. Called at most once, after `done` and on any thread, with the csv when nobody
    // needs the rows any more: its memory can be used again.
    std::function<void(std::string)> reuse = nullptr;

    // Called exactly once, if submit() succeeded.
    // Errors  unknown_outcome  the rows may be on disk
    //         overloaded       they are not, and may be sent again; stream.in.diskFull if that is
    //         why
    //         unavailable      they are not: the volume has failed
    std::function<void(const Result<void>&)> done;
};

// Where a batch went: for finding its rows again.
struct Ticket {
    VolumeId volume;
    BatchNumber batch;

    bool operator==(const Ticket&) const = default;
};

enum class BatchState {
    waiting,  // for its frame
    durable,  // or given to a life before this one, of which only the catalog knows
    unknown,  // the volume failed before it was durable
};

class Journal {
public:
    virtual ~Journal() = default;

    // Queues the batch for the next frame.
    // Errors  overloaded   a queue is full, nothing was taken; try again later
    //         too_large    the batch does not fit in a frame (batch_bytes_max())
    //         unavailable  the volume has failed and takes no more rows
    // Nothing is taken from `batch` then.
    virtual Result<Ticket> submit(RowBatch&& batch) = 0;

    // A journal may have several places to write to. What is to stay in order goes the same way:
    // rows of one source are of one lane as long as that takes rows.
    virtual std::size_t lanes() const { return 1; }
    virtual std::size_t lane_of(const SourceId& source) const {
        static_cast<void>(source);
        return 0;
    }

    // Where the batches of the lane go as long as it takes rows; those with answers or positions go
    // nowhere else.
    virtual VolumeId volume_at(std::size_t lane) const {
        static_cast<void>(lane);
        return {};
    }

    // Of a batch that was taken. Some numbers are of no batch; they look like one.
    virtual BatchState state_of(const Ticket& ticket) const = 0;

    // Bytes that were handed over and are in no frame yet.
    virtual std::uint64_t waiting_bytes() const = 0;

    virtual std::uint64_t batch_bytes_max() const = 0;

    // The files that take rows now, with exact counters.
    virtual std::vector<OpenFile> open_files() const = 0;

    // Every slice whose rows only the journal vouches for: the open ones, and those that are being
    // sealed until slice_recorded(). Together with the catalog each row is counted.
    virtual std::vector<OpenSlice> local_slices() const = 0;

    // The volumes that had failed when they were opened and were not recovered, and those that the
    // registry knows as active and are not open: they may have rows that are in none of the two
    // lists above, nor in the catalog. None is added later. One that fails later still knows its
    // rows.
    virtual std::vector<VolumeId> unknown_volumes() const = 0;

    // How far the source was read: the newest position of each partition, in the order of their
    // names; nothing if it never was. Rows of a batch that was not answered yet do not count.
    // Errors  unavailable: a volume that may have a newer one is not known whole; the source must
    //         not be read on
    virtual Result<std::vector<SourcePosition>> positions_of(const Fingerprint& source) const {
        static_cast<void>(source);
        return std::vector<SourcePosition>();
    }

    // What the operator calls it.
    virtual std::string volume_name(const VolumeId& volume) const { return volume.value; }

    // The catalog has the sealed slice: the journal and its slices need to know of it no longer.
    virtual void slice_recorded(SliceId slice) = 0;

    // Seals the slice in queue order; its file goes on with another one. Nothing happens if it is
    // not open, or the volume has failed (then also below): recovery goes on with what is on disk.
    virtual void close_slice(SliceId slice) = 0;

    // Closes the file in queue order: its open slice is sealed, and the file takes no more rows.
    // Nothing happens if it is not open. VolumeObserver::file_closed() follows.
    virtual void close_file(FileId file) = 0;

    // The same for every file with rows of the sink mapped by a version below `below`; then calls
    // `done`.
    virtual void close_versions(SinkNumber sink, MappingVersion below,
                                std::function<void()> done) = 0;

    // From here on submit() refuses: overloaded. Rows that were taken before go on.
    virtual void take_no_more() {}

    // Writes all submitted rows, then a checkpoint; `done` hears when that is durable, or the
    // error.
    virtual void checkpoint(std::function<void(const Result<void>&)> done) = 0;

    // ok while the volume takes rows.
    // Errors  the reason it does not
    virtual Result<void> health() const = 0;
};

// Hears what happens on volumes. The calls may come again after a crash; acting on them is
// idempotent.
class VolumeObserver {
public:
    virtual ~VolumeObserver() = default;

    // On the slice writer's thread: the content of the slice is durable and final. Answer with
    // Journal::slice_recorded() once the catalog has it.
    virtual void slice_sealed(const OpenSlice& slice) = 0;

    // On the journal's thread: the file takes no more rows and consists of file.slices slices.
    virtual void file_closed(const OpenFile& file) = 0;

    // On the journal's thread: a restart neither replays frames of the volume up to `sequence` nor
    // finds slices that end there in a checkpoint, so the catalog may forget them.
    virtual void checkpointed(const VolumeId& volume, Sequence sequence) = 0;

    // On the journal's thread: these batches were taken, and their rows are nowhere.
    virtual void batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) = 0;
};

}  // namespace millrace
