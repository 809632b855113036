#pragma once
// UnverifiedLog: a warning a day and source that receives records which nobody has signed: whoever
// knows its URL can send.
//
// It looks at the counters of sinks now and then, so a request costs nothing.
//
// Thread  any.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/guarded.h"
#include "core/base/time.h"
#include "core/pipeline/source_route.h"

namespace millrace::ingest {

class UnverifiedLog {
public:
    static constexpr Milliseconds kLooksEvery{5'000};
    static constexpr Milliseconds kWarnsEvery = std::chrono::hours(24);

    // The source is served by that route from now on; null: not any more.
    void set_route(const pipeline::SourceAddress& address,
                   std::shared_ptr<const pipeline::SourceRoute> route);

    // Warns of each source that is due. To be called now and then.
    void look(SteadyTime now);

    // The sources that are due.
    std::vector<std::string> due(SteadyTime now);

private:
    struct Watched {
        std::shared_ptr<const pipeline::SourceRoute> route;
        std::uint64_t received = 0;  // at the last warning
        std::optional<SteadyTime> warned;
    };

    Guarded<std::map<pipeline::SourceAddress, Watched>> sources_;
    std::atomic<SteadyTime::rep> next_look_ = 0;
};

}  // namespace millrace::ingest
