#pragma once
// AgeKeeper lets the clock of ages go on over restarts: it begins where the last life left it and
// is saved each minute.
//
// Lifetime  of the service; stop its executor first.
// Thread    start() and stop() of the owner's; saves on `executor`.

#include "core/base/result.h"
#include "core/ports/age_store.h"
#include "core/ports/executor.h"
#include "storage/os/system_clock.h"

namespace millrace {

class AgeKeeper {
public:
    AgeKeeper(AgeStore& store, os::SystemClock& clock, Executor& executor)
        : store_(store), clock_(clock), executor_(executor) {}

    // Before the clock is asked for an age.
    // Errors  those of the store
    Result<void> start();

    // Saves a last time.
    void stop();

private:
    void save();
    void save_now_and_then();

    AgeStore& store_;
    os::SystemClock& clock_;
    Executor& executor_;
};

}  // namespace millrace
