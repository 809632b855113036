#pragma once
// Clean-up: finishes deletions that a failure interrupted, and forgets what was imported long ago.
//
// Thread  a worker; one at a time.

#include <map>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/stores.h"

namespace millrace::lifecycle {

// Does one batch and returns whether another one waits. `checkpointed` is what no restart replays,
// of each volume that has said it. Every leftover has its try, whatever the ones before it did.
// Errors  the first one
Result<bool> clean_up(WallTime now, const std::map<VolumeId, Sequence>& checkpointed,
                      const Stores& stores);

}  // namespace millrace::lifecycle
