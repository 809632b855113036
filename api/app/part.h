#pragma once
// Part: one stage of the service. Each uses those before it, so they start in order and stop in
// reverse.
//
// Thread  the one that starts and stops the service.

#include "core/base/result.h"

namespace millrace {

class Part {
public:
    virtual ~Part() = default;

    // After an error the part is stopped like one that has started.
    virtual Result<void> start() = 0;

    // Ends what start() has begun, however far that came.
    virtual void stop() = 0;
};

}  // namespace millrace
