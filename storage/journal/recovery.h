#pragma once
// Recovery brings a volume back to what its journal says: newest valid checkpoint, open slices cut
// to it, frames beyond it replayed, all of that made durable.
//
// Thread  the caller's, before anything else runs on the volume.
// See     docs/ARCHITECTURE.md, durability protocol; docs/formats/journal.md

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/model/file.h"
#include "core/model/position.h"
#include "core/ports/disk.h"
#include "core/ports/file_catalog.h"
#include "core/ports/loss_catalog.h"
#include "core/ports/slice_store.h"
#include "storage/journal/answer_entry.h"
#include "storage/journal/segment_reader.h"
#include "storage/journal/segment_writer.h"

namespace millrace::journal {

// Rows that are gone.
struct DamagedSlice {
    SliceId slice;
    std::optional<SinkNumber> sink;  // unknown where the opening of the slice is lost
    std::uint64_t rows = 0;          // 0: perhaps some, hit by a damage of the journal
};
// A file that has fewer slices than it was closed with: their openings are lost.
struct ShortenedFile {
    FileId file;
    SinkNumber sink;
    std::uint32_t slices_lost = 0;
};

// What recovery found, for the log.
struct RecoveryReport {
    Sequence checkpoint;  // it began behind this
    Sequence last;
    std::uint64_t frames = 0;  // replayed
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    std::vector<Damage> damages;
    std::vector<std::string> damaged_headers;  // of segments whose frames were read all the same
    std::vector<std::string> unreadable_segments;  // what they held is not known; to be put aside
    std::vector<std::string> damaged_checkpoints;
    std::vector<std::string> damaged_key_files;
    // Shorter than the checkpoint says, or hit by a damage above.
    std::vector<DamagedSlice> damaged_slices;
    std::vector<ShortenedFile> shortened_files;

    bool is_journal_damaged() const {
        return !damages.empty() || !damaged_headers.empty() || !unreadable_segments.empty();
    }
};

struct Recovered {
    Uuid volume;
    std::uint64_t epoch = 1;  // of this opening
    std::uint64_t next_segment = 1;
    Sequence last;                       // of the newest frame
    BatchNumber last_batch;              // of the frames up to it
    Sequence previous_checkpoint;        // segments up to here may be recycled
    Sequence previous_forgettable;       // forgettable() of that checkpoint
    Sequence newest_forgettable;         // and of the newest
    Sequence sealed;                     // of the newest: what the catalog had then
    std::vector<UsedSegment> segments;   // in order
    std::vector<OpenSlice> slices;       // not sealed yet, in opening order
    std::vector<OpenFile> files;         // that go on; each with its open slice, if it has one
    std::vector<OpenFile> closed_files;  // that do not; their slices are among `sealing`
    std::vector<SliceId> sealing;        // slices that take no more rows
    Uuid newest_id;                      // what new files and slices come after
    AnswerEntries answers;               // of the frames that were replayed
    Positions positions;                 // of those and of the checkpoint
    RecoveryReport report;
};

struct VolumeNames {
    VolumeId name;
    Uuid id;
    std::string directory;  // of the segments and checkpoints
};

// Name of errors that are the catalog's: no volume has failed.
inline constexpr std::string_view kCatalogFailed = "catalogFailed";
inline constexpr std::string_view kCatalogFull = "catalogFull";  // its disk has no room (kNoSpace)

template <typename T>
Result<T> of_catalog(Result<T> result) {
    if (result.ok()) return result;
    const bool is_full = result.error().name() == kNoSpace;
    return std::move(result).error().named(is_full ? kCatalogFull : kCatalogFailed);
}

struct RecoveryPorts {
    Disk& disk;
    SliceStore& slices;
    FileCatalog& catalog;
    LossCatalog& losses;
};

// Rows of slices that the catalog has are ignored: they were sealed. What damage has taken is told
// to the losses, and no file waits for it. `now` is for them.
// Errors  of the disk; those of the catalog are named kCatalogFailed or kCatalogFull; damage is no
//         error but in the report
Result<Recovered> recover(const RecoveryPorts& ports, const VolumeNames& volume, WallTime now);

}  // namespace millrace::journal
