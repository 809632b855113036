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
#include "storage/journal/damaged_frames.h"
#include "storage/journal/format.h"

namespace millrace::journal {

struct SegmentFile {
    std::string path;
    SegmentHeader header;
    bool header_damaged = false;  // it is told by its frames
};

struct Segments {
    std::vector<SegmentFile> files;       // by number
    std::vector<std::string> unreadable;  // paths: neither the header nor a frame can be read
    std::uint64_t newest_number = 0;      // that a name has, also one that was put aside
};

// The segments of the volume in `directory`. A file of another volume, or whose header has another
// number than its name, is none.
// Errors  conflict: one was written by a newer program; those of the disk
Result<Segments> list_segments(Disk& disk, const std::string& directory, const Uuid& volume);

// Renames it to "….damaged", or a name like that which nothing else has.
// Errors  of the disk
Result<void> put_aside(Disk& disk, const std::string& path);

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

using OnDamagedFrames = std::function<Result<void>(const DamagedFrames&)>;

// Calls `on_frame` for every valid frame above `after`, in order, and `on_damaged` for the bytes
// between them where frames should be. Syncs every segment it read: what was read may so far only
// be in the page cache.
// Errors  of the disk, of on_frame and of on_damaged
Result<ScanResult> scan_segments(Disk& disk, const std::vector<SegmentFile>& segments,
                                 Sequence after,
                                 const std::function<Result<void>(const Frame&)>& on_frame,
                                 const OnDamagedFrames& on_damaged = nullptr);

}  // namespace millrace::journal
