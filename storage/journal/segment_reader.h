#pragma once
// Reads the segments of a journal back, and tells a torn tail from damage.
//
// A place that is not a valid frame is the tail only if no valid frame with a higher sequence
// follows; anything else is damage, named by its range of sequences, and reading goes on behind it.
//
// Format  docs/formats/journal.md

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/disk.h"
#include "storage/journal/format.h"

namespace millrace::journal {

struct SegmentFile {
    std::string path;
    SegmentHeader header;
};

// The segments of the volume in `directory`, ordered by number. Files with a segment's name whose
// header is not theirs are not in the list: what they held shows as a gap.
Result<std::vector<SegmentFile>> list_segments(Disk& disk, const std::string& directory,
                                               const Uuid& volume);

// Frames [first, last] were written and cannot be read.
struct Damage {
    std::string path;  // the segment that should hold them; empty if it is gone
    Sequence first;
    Sequence last;
};

struct ScanResult {
    Sequence last;  // of the newest valid frame; `after` if there is none
    std::vector<Damage> damages;
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
};

// Calls `on_frame` for every valid frame above `after`, in order, and syncs every segment it read:
// what was read may so far only be in the page cache.
// Errors  of the disk and of on_frame
Result<ScanResult> scan_segments(Disk& disk, const std::vector<SegmentFile>& segments,
                                 Sequence after,
                                 const std::function<Result<void>(const Frame&)>& on_frame);

}  // namespace millrace::journal
