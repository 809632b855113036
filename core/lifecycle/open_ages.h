#pragma once
// OpenAges: how long slices and files have been open, also after the wall clock was set back.
//
// Opening times are wall times. Those of a clock that was ahead lie in the future once it is
// corrected. So the time since something was first seen counts as well: an interval is late by a
// restart at most, not by the step of the clock. A step ahead ends it early, which closes a file
// early and does nothing else.
//
// Thread  one: the lifecycle strand.

#include <cstdint>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/lifecycle/moment.h"

namespace millrace::lifecycle {

class OpenAges {
public:
    // Begins a look at all that is open; what the last one did not ask for is forgotten.
    void look(const Moment& now);

    // How long the slice or file `id` has been open; never negative.
    Milliseconds of(const Uuid& id, WallTime opened_at);

private:
    struct Seen {
        SteadyTime first;
        std::uint64_t look = 0;  // the last that asked
    };

    Moment now_;
    std::uint64_t look_ = 0;
    std::unordered_map<Uuid, Seen> seen_;
};

}  // namespace millrace::lifecycle
