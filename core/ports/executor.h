#pragma once
// Executor: runs tasks one after the other, in the order they were posted.
//
// Thread  post() and post_at() from any thread, also from a task. Tasks never run inside the call.

#include <functional>

#include "core/base/time.h"

namespace millrace {

class Executor {
public:
    using Task = std::function<void()>;

    virtual ~Executor() = default;
    virtual void post(Task task) = 0;
    virtual void post_at(SteadyTime when, Task task) = 0;  // not before `when`
};

}  // namespace millrace
