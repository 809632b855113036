#pragma once
// SliceFiles: the open and sealed slices of a volume as CSV files, written in groups.
//
// Rows are gathered per slice and written when 64 KB are there, two seconds after the first of
// them, when 16 MB have come for all slices together, and at seal and checkpoint: writing row by
// row to a thousand slices would cost most of a core. Frames wait a few milliseconds for others:
// waking a thread for each would cost more than its work.
//
// A failed write keeps its rows in memory and is tried again: the slice is behind, cannot be sealed
// and holds up every checkpoint, so the journal still has the rows. A failed sync is final for the
// volume.
//
// Format  docs/formats/slice.md
// Thread  as core/ports/slice_store.h says; the writer's work runs on `executor`.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/disk.h"
#include "core/ports/executor.h"
#include "core/ports/lazy_executor.h"
#include "core/ports/slice_store.h"

namespace millrace::local {

struct SliceEvents {
    std::function<void(SliceId, const Error&)> write_failed;  // it is tried again
    // Final: the volume must take no more rows. Not during recovery, which returns the error.
    std::function<void(const Error&)> sync_failed;
};

class SliceFiles final : public SliceStore {
public:
    struct Options {
        std::string directory;
        std::size_t gather_bytes = 64 << 10;      // of a slice
        std::size_t gather_all_bytes = 16 << 20;  // of all
        std::chrono::milliseconds gather_time{2000};
        LazyExecutor::Patience frames = {.time = std::chrono::milliseconds(10), .bytes = 256 << 10};
        std::size_t open_files_max = 2048;
    };

    SliceFiles(Disk& disk, Clock& clock, Executor& executor, Options options, SliceEvents events);

    // Makes the directory; before anything else.
    Result<void> prepare();

    // Deletes what a crash left half made or brought back: temporary files, and files of slices in
    // `removed`, which were deleted. Any other file may have the only copy of rows. After recovery,
    // before anything is added; on the caller's thread. Returns how many.
    Result<std::uint64_t> remove_strays(const std::vector<SliceId>& removed);

    void write(SyncedFrame frame) override;
    std::uint64_t backlog_bytes() const override {
        return backlog_bytes_.load(std::memory_order_relaxed);
    }
    void seal(SliceId slice, std::function<void(const OpenSlice&)> sealed) override;
    void forget(SliceId slice) override;
    void checkpoint(std::function<void(Result<std::vector<OpenSlice>>)> done) override;

    Result<void> restore(const OpenSlice& slice) override;
    Result<void> replay(const SyncedFrame& frame) override;
    Result<std::vector<OpenSlice>> finish_recovery() override;

    Result<void> add_sealed(SliceId slice, std::string_view csv) override;
    Result<std::unique_ptr<SliceOutput>> create_sealed(SliceId slice) override;
    Result<std::unique_ptr<ByteSource>> read(const Slice& slice) override;
    Result<void> remove(SliceId slice) override;

private:
    struct Entry {
        OpenSlice slice;
        std::uint64_t ordinal = 0;       // opening order
        std::string gathered;            // rows at the end of the content that are not written yet
        std::unique_ptr<DiskFile> file;  // null while closed
        bool exists = false;             // on disk, under its name
        bool unsynced = false;
        std::function<void(const OpenSlice&)> sealed;  // set: seal it when everything is written
    };

    std::string path_of(SliceId slice) const;
    void open_entry(const SliceOpening& opening, const SliceContent& content, bool exists);
    Result<void> apply(const SyncedFrame& frame);
    Result<void> write_gathered(Entry& entry);
    Result<void> write(Entry& entry, std::string_view text);
    Result<void> ensure_open(Entry& entry);
    Result<std::unique_ptr<DiskFile>> open_file(const Entry& entry);
    bool close_files();
    Result<void> sync(Entry& entry);
    Result<void> write_and_sync_all();
    void try_seal(Entry& entry);
    void schedule_writing(std::chrono::milliseconds delay);
    void write_all_gathered();
    std::vector<OpenSlice> slices_in_order() const;

    Disk& disk_;
    Clock& clock_;
    Executor& executor_;  // of the timers
    const Options options_;
    const SliceEvents events_;
    LazyExecutor tasks_;
    std::atomic<std::uint64_t> backlog_bytes_ = 0;

    // On the executor only (during recovery: on the caller's thread):
    std::unordered_map<SliceId, Entry> entries_;
    std::uint64_t opened_ = 0;
    std::size_t open_files_ = 0;
    std::unique_ptr<DiskDirectory> directory_;  // null before it was needed
    bool directory_unsynced_ = false;           // a file was created since the directory was synced
    std::uint64_t bytes_since_writing_ = 0;     // that came since all that was gathered was written
    bool writing_scheduled_ = false;
    bool recovered_ = false;
    bool failed_ = false;  // after a failed sync: nothing is called durable any more
};

}  // namespace millrace::local
