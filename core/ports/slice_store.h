#pragma once
// SliceStore: the local CSV files of a volume. Until a slice is sealed it is a by-product of the
// journal.
//
// Thread  one writer thread owned by the store; write(), seal(), checkpoint() and forget() are
//         called by the journal, are queued in order and never wait. read() and remove() are for
//         sealed slices, from any thread.
// Format  docs/formats/slice.md

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/slice.h"
#include "core/ports/byte_source.h"
#include "core/ports/journal.h"
#include "core/ports/slice_output.h"

namespace millrace {

// Rows of one slice: bytes [offset, offset + bytes) of the csv of batches[batch].
struct BoundRows {
    SliceId slice;
    std::uint32_t batch = 0;
    std::uint32_t rows = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

// A frame that is durable in the journal and not yet in slices.
struct SyncedFrame {
    Sequence sequence;
    std::vector<SliceOpening> openings;  // slices used for the first time
    std::vector<RowBatch> batches;       // their `done` was already called
    std::vector<BoundRows> rows;
};

class SliceStore {
public:
    virtual ~SliceStore() = default;

    virtual void write(SyncedFrame frame) = 0;

    // Bytes taken by write() and not yet written to files.
    virtual std::uint64_t backlog_bytes() const = 0;

    // Writes what is gathered, syncs the file and calls `sealed` with the final content. Never
    // fails: a disk error is retried, and meanwhile the slice stays in every checkpoint.
    virtual void seal(SliceId slice, std::function<void(const OpenSlice&)> sealed) = 0;

    // The catalog has the sealed slice (Journal::slice_recorded()); checkpoints need not mention it
    // any more.
    virtual void forget(SliceId slice) = 0;

    // Makes everything handed over so far durable and calls `done` with all slices not yet
    // forgotten, on the store's thread.
    // Errors  unavailable or unknown_outcome: no checkpoint can be written now
    virtual void checkpoint(std::function<void(Result<std::vector<OpenSlice>>)> done) = 0;

    // Recovery, before anything else and on the caller's thread: restore() every slice of the
    // checkpoint, replay() the frames after it, then finish_recovery(), which makes all of it
    // durable. restore() cuts the file to the length the checkpoint knows.
    // Errors  corrupt: the file is gone, or shorter and was put aside under another name; the slice
    // begins again empty
    virtual Result<void> restore(const OpenSlice& slice) = 0;
    virtual Result<void> replay(const SyncedFrame& frame) = 0;
    virtual Result<std::vector<OpenSlice>> finish_recovery() = 0;

    // Writes the file of a slice that no journal has rows of, durably and whole; on any thread.
    // Nothing vouches for it until the catalog has the slice (RejectStore,
    // LoadCatalog).
    virtual Result<void> add_sealed(SliceId slice, std::string_view csv) = 0;
    // The same piece by piece. The store must outlive it.
    virtual Result<std::unique_ptr<SliceOutput>> create_sealed(SliceId slice) = 0;

    // The CSV of a sealed slice, `slice.content.bytes` of it.
    // Errors  not_found, unavailable; corrupt on reading when length, rows or CRC are not those of
    // `slice`
    virtual Result<std::unique_ptr<ByteSource>> read(const Slice& slice) = 0;

    // Deletes the file of a slice; fine if it is not there.
    virtual Result<void> remove(SliceId slice) = 0;
};

}  // namespace millrace
