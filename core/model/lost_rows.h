#pragma once
// LostRows: rows of a slice that were accepted and are gone, because its file is damaged.

#include <cstdint>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/model/slice.h"

namespace millrace {

struct LostRows {
    SliceOpening opening;
    SliceContent content;  // what the file should have had, up to content.last_sequence
    WallTime found_at;
};

}  // namespace millrace
