#pragma once
// AdmissionControl: the routes that one loop serves, and which requests may come in by them.
//
// Thread  its loop's.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/pipeline/record_counters.h"
#include "core/pipeline/routing_table.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"

namespace millrace::pipeline {

// A source has received more than its rate.
struct OverRate {
    std::uint64_t per_second;  // the rate
    Milliseconds wait;         // until something will be left of it
};

// What a request may do, found out when its head is there and used when its body is.
struct Admission {
    const std::shared_ptr<const SourceRoute>* route = nullptr;
    std::uint64_t routes_version = 0;
    std::optional<OverRate> over_rate = {};  // set: nothing for now
};

// stream.in.noSourceFound: of an unknown source, with a wrong secret, and where the source is one
// of another door.
Error no_source_found();

class AdmissionControl {
public:
    // Both must outlive it.
    AdmissionControl(const Clock& clock, RecordCounters& counters);

    // Errors  not_found  stream.in.noSourceFound: of an unknown source as with a wrong secret
    //         not_found  stream.in.disabledSource
    //         overloaded stream.in.sinkBroken
    Result<Admission> admit(ProjectId project, std::string_view source,
                            std::string_view secret) const;

    // The route of the source, whether a request may come in by it or not; null if there is none.
    const SourceRoute* route_of(ProjectId project, std::string_view source) const {
        const auto* const found = routes_.find(project, source);
        return found == nullptr ? nullptr : found->get();
    }

    // Whether the admission still holds. If not, because a route has changed meanwhile, the request
    // is to be admitted again.
    bool is_current(const Admission& admission) const {
        return admission.routes_version == routes_version_;
    }

    // What holds now of a request that came in by `route`, which outlives it; nothing where the
    // source has changed since.
    std::optional<Admission> again(const std::shared_ptr<const SourceRoute>& route) const;

    std::optional<OverRate> over_rate(const SourceRoute& route);

    // Serves `route` from now on, or nothing where it is null.
    void set_route(const SourceAddress& address, std::shared_ptr<const SourceRoute> route);

private:
    bool opens_still(const SourceRoute& route, std::string_view secret) const;

    const Clock& clock_;
    RecordCounters& counters_;
    RoutingTable routes_;
    std::uint64_t routes_version_ = 1;
    const Secret unknown_source_secret_;
};

}  // namespace millrace::pipeline
