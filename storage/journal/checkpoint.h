#pragma once
// Checkpoint: what recovery needs to know of frames whose segments may be gone: the open slices and
// how far each of them is on disk, and how far sources were read.
//
// Two generations are kept, so a damaged newest one costs only time; segments are recycled up to
// the older.
//
// Format  docs/formats/checkpoint.md

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/position.h"
#include "core/model/slice.h"
#include "core/ports/disk.h"

namespace millrace::journal {

struct Checkpoint {
    Sequence sequence;  // every row up to here is in the slices below, or sealed and in the catalog
    std::uint64_t epoch = 0;
    BatchNumber last_batch;                 // of the frames up to `sequence`
    std::vector<OpenSlice> slices;          // in opening order; their volume is not in the file
    std::vector<SourcePosition> positions;  // the newest of each partition, of frames up to there
    // The newest frame of slices that the catalog had by then: one that has less is an old copy.
    Sequence sealed = {};

    bool operator==(const Checkpoint&) const = default;
};

// Slices that end at or below this are not among those of the checkpoint, and no frame beyond it
// has rows of them: a recovery from here never asks for them.
Sequence forgettable(const Checkpoint& checkpoint);

std::string encode_checkpoint(const Checkpoint& checkpoint);
// Errors  corrupt
Result<Checkpoint> decode_checkpoint(std::string_view bytes);

struct LoadedCheckpoints {
    std::optional<Checkpoint> newest;  // the newest valid one
    Sequence previous;                 // of the valid one before it; 0 if there is none
    Sequence previous_forgettable;
    std::vector<std::string> damaged;  // paths that invalid ones had
};
// Invalid ones are put aside as "….damaged": a store would count them as a generation, and remove a
// valid one in their place.
// Errors  of the disk
Result<LoadedCheckpoints> load_checkpoints(Disk& disk, const std::string& directory);

// The newest valid one, of a journal that may be in use; nothing is changed.
// Errors  of the disk
Result<std::optional<Checkpoint>> read_newest_checkpoint(Disk& disk, const std::string& directory);

// Durable when it returns; then all but the newest two are removed. One that cannot be removed
// costs room and is tried again by the next store.
Result<void> store_checkpoint(Disk& disk, const std::string& directory,
                              const Checkpoint& checkpoint);

}  // namespace millrace::journal
