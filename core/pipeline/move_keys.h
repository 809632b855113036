#pragma once
// move_keys() puts the keys of a volume that is about to be retired onto another one.
//
// The window in memory has the keys of all volumes that are here, and does not know which journal
// had which: all keys of the sources that may have some on the volume are journaled again. What was
// on the other volume before is there twice then, which does no harm.
//
// Thread   one that may wait for the disk; not a journal's.
// Durable  when it returns: the keys are on the other volume, the sources are on record there, and
//          the first one is on record for none.

#include <cstddef>
#include <cstdint>

#include "core/base/result.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/ports/clock.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

struct KeyMove {
    VolumeId from;       // here and healthy, so that its keys are in the window; takes no more rows
    std::size_t to = 0;  // the lane of another volume, which takes rows
    IdempotencyWindow& window;
    RecordedKeyHomes& homes;
    Journal& journal;
    const Clock& clock;
};

// Returns how many keys were journaled. May be repeated after any error.
// Errors  those of the journal and of the store of homes
Result<std::uint64_t> move_keys(const KeyMove& move);

}  // namespace millrace::pipeline
