#pragma once
// SourceRoute: everything the data plane needs to serve one source, frozen. A change of the source
// or of one of its sinks makes a new route.
//
// Lifetime  immutable, shared by all ingest loops.

#include <array>
#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/fingerprint.h"
#include "core/base/ids.h"
#include "core/base/secret.h"
#include "core/mapping/source_mapper.h"
#include "core/model/backend_names.h"
#include "core/model/idempotency_settings.h"
#include "core/model/settings.h"
#include "core/model/sink.h"
#include "core/model/source.h"
#include "core/pipeline/recent_requests.h"
#include "core/pipeline/sink_counters.h"
#include "core/policy/rate_limit.h"

namespace millrace::pipeline {

struct SinkRoute {
    SinkId sink;
    SinkVersion version;  // what its rows are bound to
    bool sync_wait = true;
    RejectSettings rejects = {};
    std::shared_ptr<SinkCounters> counters = std::make_shared<SinkCounters>();  // never null
};

// A sink that this version of the program cannot compile any more.
struct BrokenSink {
    SinkId sink;
    std::string problem;
};

struct SourceRoute {
    SourceKey key;
    SourceKindName kind = kHttpSource;
    std::string details = "{}";  // what only its kind knows of it
    Secret secret;
    std::optional<RetiredSecret> retired = {};
    bool enabled = true;
    // Not empty: nothing is served, `enabled` is false and `sinks` is empty.
    std::vector<BrokenSink> broken = {};
    SourceSettings settings = {};
    SettingOverrides kind_settings = {};  // kind_overrides(); its door reads them with in_force()
    // Whether its door looks at more of a request than the secret: details, settings of its kind,
    // or what only the connection knows.
    bool asks_more = false;
    IdempotencySettings idempotency = {};
    Fingerprint key_scope = {};                       // of its idempotency keys
    std::shared_ptr<policy::SourceRates> rates = {};  // null: no limit; shared by all loops
    std::shared_ptr<SourceTap> tap = {};              // null: requests are not kept
    std::vector<SinkRoute> sinks;                     // the enabled ones, ordered by id
    mapping::SourceMapper mapper;                     // of `sinks`, in that order
    // Of an OTLP source: what serves the records of each signal, in the order of kSignals. Null: of
    // another kind, or these are such routes themselves.
    std::array<std::shared_ptr<const SourceRoute>, kSignals.size()> by_signal = {};
};

// How the data plane finds a source: the first two parts of its URL.
struct SourceAddress {
    ProjectId project;
    SourceId source;

    auto operator<=>(const SourceAddress&) const = default;
};

// Hands routes to the ingest loops.
class RoutePublisher {
public:
    virtual ~RoutePublisher() = default;

    // Before many routes are published one after the other.
    virtual void prepare(std::span<const std::shared_ptr<const SourceRoute>> routes) {
        static_cast<void>(routes);
    }

    // Makes every ingest loop serve `route`, or nothing where it is null. `served` is called once,
    // from any thread, when each loop serves it and has handed over to the journal all rows that it
    // mapped with the route before. From any thread.
    virtual void publish(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                         std::function<void()> served) = 0;
};

}  // namespace millrace::pipeline
