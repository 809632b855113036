#pragma once
// LoadWriter: writes the rows of one load as slice files of its own, piece by piece.
//
// It holds a quarter of a megabyte of rows, and with a pool a few times that, however many there
// are. A file is cut at `part_bytes`,
// so that the parts of a load are uploaded beside each other once it is committed. Each part costs
// a sync of its file, one of the directory and one of the catalog, which loads that are written at
// the same time share.
//
// What fails aborts the load and removes its files; so does the end of a writer without finish().
//
// Thread   one at a time; it waits for the disk and the catalog. With a pool what it is given is
//          written there while the next rows come (WriteBehind), and append() tells of an error of
//          rows before.
// Durable  the rows, once the load that finish() returned is prepared or committed.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/load.h"
#include "core/model/slice_header.h"
#include "core/pipeline/work_pool.h"
#include "core/pipeline/write_behind.h"
#include "core/ports/clock.h"
#include "core/ports/load_catalog.h"
#include "core/ports/rng.h"
#include "core/ports/sealed_slices.h"

namespace millrace::pipeline {

struct LoadStores {
    LoadCatalog& loads;
    SealedSlices& slices;
    const Clock& clock;
    Rng& random;  // from any thread
    // Whether there is room on the volume above the reserve, which draining needs; from any thread.
    // Errors  overloaded stream.in.diskFull
    std::function<Result<void>(const VolumeId& volume)> has_room;
};

struct LoadLimits {
    std::uint64_t part_bytes = 64 << 20;     // of CSV; a part ends with the piece that is over it
    std::uint64_t gather_bytes = 256 << 10;  // are written at once
    std::uint64_t gather_rows = UINT64_MAX;  // the same
};

// Removes the files of aborted loads; `of_writers` as LoadCatalog::leftover_parts() has it. Those
// on a volume that is away stay listed until it is here; what cannot be removed is found again.
// Errors  those of the catalog, and the first of the disk
Result<void> remove_leftover_parts(LoadCatalog& loads, SealedSlices& slices, bool of_writers);

class LoadWriter {
public:
    // A load that begin_load() has just made. With a header its parts are slices of format 2, each
    // with that header in front, and the rows are as it says; without one they are of format 1.
    // Without a pool append() writes.
    LoadWriter(const LoadStores& stores, Load load, const std::optional<SliceHeader>& header,
               const LoadLimits& limits = {}, WorkPool* pool = nullptr);
    ~LoadWriter();
    LoadWriter(const LoadWriter&) = delete;
    LoadWriter& operator=(const LoadWriter&) = delete;

    const Load& load() const { return load_; }
    // Takes `rows` whole rows of CSV that arrived at `at`.
    // Errors  overloaded stream.in.diskFull: less room is left than the reserve, or none;
    //         unavailable, unknown_outcome: the disk or the catalog failed; what ended the load
    //         meanwhile. The load is aborted then, and this fails again
    Result<void> append(std::string_view csv, std::uint64_t rows, WallTime at);

    // Makes all rows so far durable, though the load is as open as before: a crash ends it.
    // Errors  as append()
    Result<void> sync();

    // No more rows: the load is `written`.
    // Errors  as append()
    Result<Load> finish(std::uint64_t filtered, std::uint64_t unselected);

    // Gives the load up; nothing happens once it has ended or finish() has succeeded.
    void abort(std::string_view reason);

private:
    struct Part {
        SliceId slice;
        std::unique_ptr<SliceOutput> file;
        SliceContent content;
    };

    LocalSlice local(const Part& part) const;
    Result<void> hand_on();
    Result<void> write_all();
    Result<void> write_gathered();
    Result<void> write_piece(const RowPiece& piece);
    Result<void> write(std::string_view bytes);
    Result<void> sync_part();
    Result<void> open_part();
    Result<void> end_part();
    Result<Load> finish_all(std::uint64_t filtered, std::uint64_t unselected);
    Error fail(Error cause);
    void discard_part();

    const LoadStores stores_;
    const LoadLimits limits_;
    const std::string header_;  // of each part, as it is written; may be empty
    Load load_;
    RowPiece gathered_;
    std::optional<Error> failure_;
    bool finished_ = false;

    // Of who writes; of the thread that calls once all is written, or nothing is written any more:
    LoadCounts counts_;
    std::optional<Part> part_;  // the one that is written
    std::uint32_t parts_ = 0;   // announced so far
    Uuid last_id_;

    std::optional<WriteBehind> behind_;  // the last: it uses the others
};

}  // namespace millrace::pipeline
