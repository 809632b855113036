#pragma once
// BackendProbe: whether the targets and stagings can be used, for all that ask: they are tried once
// in five seconds at most, whoever asks and however often.
//
// Lifetime  the backends outlive it; stop() before they end.
// Thread    any.

#include <functional>
#include <memory>
#include <vector>

#include "api/app/node_backends.h"
#include "core/base/guarded.h"
#include "core/base/time.h"
#include "core/ports/clock.h"
#include "storage/os/thread_executor.h"

namespace millrace {

class BackendProbe {
public:
    using Findings = std::vector<NodeBackends::Probed>;
    using Done = std::function<void(const std::shared_ptr<const Findings>& findings)>;

    BackendProbe(const NodeBackends& backends, const Clock& clock)
        : backends_(backends), clock_(clock) {}

    // `done` is called once, at once or on the thread of the probe. It takes as long as the
    // timeouts of the backends, and is never called once the probe is stopped.
    void ask(Done done);

    // What is under way ends first.
    void stop() { thread_.stop(); }

private:
    struct State {
        std::shared_ptr<const Findings> last;
        SteadyTime fresh_until{};
        std::vector<Done> waiting;  // for the try that is under way, or else empty
    };

    void run();

    const NodeBackends& backends_;
    const Clock& clock_;
    Guarded<State> state_;
    os::ThreadExecutor thread_{"probe"};
};

}  // namespace millrace
