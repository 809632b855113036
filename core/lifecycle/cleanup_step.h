#pragma once
// Clean-up: finishes deletions that a failure interrupted, forgets what was imported long ago, and
// lets the target tidy up.
//
// Thread  a worker; one at a time.

#include <map>
#include <optional>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/lifecycle/stores.h"

namespace millrace::lifecycle {

// How far a walk over all leftovers has come. Those that could not be deleted are behind it: they
// hide nothing, and have their next try in the next walk. And when each bucket last forgot old
// imports, or was first seen.
struct LeftoverPlace {
    SliceId local;
    SliceId staged;
    std::map<std::pair<TargetName, std::string>, AgeTime> forgotten_at = {};
};

struct CleanedUp {
    bool more = false;                            // another batch waits
    std::optional<Error> failure = std::nullopt;  // the first one
};

// Does one batch from `place` on, which it moves. `checkpointed` is what no restart replays, of
// each volume that has said it. Every leftover has its try, whatever the ones before it did.
// The target forgets files before the catalog does: they could not be named to it later. What it
// cannot forget now it keeps, which costs a little room and nothing else. Where it is to remember
// imports (Stores::imports_remembered), each bucket forgets, once an hour, those of files that are
// older by the clock of ages and by its own.
CleanedUp clean_up(AgeTime now, const std::map<VolumeId, Sequence>& checkpointed,
                   LeftoverPlace& place, const Stores& stores);

}  // namespace millrace::lifecycle
