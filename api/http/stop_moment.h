#pragma once
// StopMoment: when requests whose bodies are still coming are ended, because the service stops.
// They have an answer all the same, for which some time is left.
//
// Thread  any.

#include <atomic>

#include "core/base/time.h"

namespace millrace::http {

class StopMoment {
public:
    void set(SteadyTime at) { at_ = at; }
    bool has_come(SteadyTime now) const { return now >= at_.load(); }

private:
    std::atomic<SteadyTime> at_ = SteadyTime::max();
};

}  // namespace millrace::http
