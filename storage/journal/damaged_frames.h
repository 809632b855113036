#pragma once
// What can still be read of frames that are damaged, so that their rows are counted: most often a
// single byte is wrong, and the entries around it are as they were.
//
// Nothing here is proved by a checksum. It is good for counts and for what something else confirms,
// and for nothing that comes into a table.

#include <functional>
#include <string_view>

#include "core/base/ids.h"
#include "storage/journal/format.h"

namespace millrace::journal {

struct DamagedFrames {
    const SegmentHeader& segment;
    Sequence first;          // where `bytes` begin
    std::string_view bytes;  // up to the next valid frame or the end of the segment
    bool is_bounded = true;  // a valid frame follows, so all of them are of this segment
    Sequence after;          // frames up to it are left out
};

struct SalvagedRows {
    Sequence sequence;  // as far as it is known
    RowsEntry entry;    // with no more rows than its CSV has lines
};

// Calls back for the entries that make sense, of each frame that can be told.
void read_damaged(const DamagedFrames& damaged,
                  const std::function<void(const SliceOpening&)>& on_opening,
                  const std::function<void(const SalvagedRows&)>& on_rows);

}  // namespace millrace::journal
