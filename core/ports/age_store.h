#pragma once
// AgeStore keeps the clock of ages over restarts.
//
// What a crash takes away of it (the time since the last save) makes things be kept for longer,
// never shorter.
//
// Thread   any
// Durable  what was saved is on disk when save_age() returns.
// Errors   unavailable, unknown_outcome

#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace {

class AgeStore {
public:
    virtual ~AgeStore() = default;

    // Where the clock of ages goes on. In a folder that has none yet it begins with the wall time
    // `now`, or with the newest time that the catalog knows if that is earlier: a clock that is
    // ahead at this start makes nothing older.
    virtual Result<AgeTime> load_age(WallTime now) = 0;
    virtual Result<void> save_age(AgeTime age) = 0;
};

}  // namespace millrace
