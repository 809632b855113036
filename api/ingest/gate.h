#pragma once
// Gate: the routes that one loop serves, and which requests may come in by them.
//
// Thread  its loop's.

#include <cstdint>
#include <memory>
#include <optional>

#include "api/ingest/answer.h"
#include "api/ingest/counters.h"
#include "api/ingest/target.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/model/settings.h"
#include "core/pipeline/routing_table.h"
#include "core/pipeline/source_route.h"
#include "core/ports/clock.h"

namespace millrace::ingest {

// What a request may do, found out when its head is there and used when its body is.
struct Admission {
    const std::shared_ptr<const pipeline::SourceRoute>* route = nullptr;
    std::uint64_t routes_version = 0;
    Asked asked;
    std::optional<RecordForm> form;  // that the target asks for
};

class Gate {
public:
    // Both must outlive the gate.
    Gate(const Clock& clock, Counters& counters);

    // Errors  invalid    stream.in.badRequest
    //         not_found  stream.in.noSourceFound, .disabledSource
    //         overloaded stream.in.sinkBroken
    Result<Admission> admit(const Target& target) const;

    // Whether the admission still holds. If not, because a route has changed meanwhile, the request
    // is to be admitted again.
    bool is_current(const Admission& admission) const {
        return admission.routes_version == routes_version_;
    }

    // The answer to a request whose source is over its rate.
    std::optional<Answer> over_rate(const pipeline::SourceRoute& route);

    // Serves `route` from now on, or nothing where it is null.
    void set_route(const pipeline::SourceAddress& address,
                   std::shared_ptr<const pipeline::SourceRoute> route);

private:
    bool opens_still(const pipeline::SourceRoute& route, std::string_view secret) const;

    const Clock& clock_;
    Counters& counters_;
    pipeline::RoutingTable routes_;
    std::uint64_t routes_version_ = 1;
    const Secret unknown_source_secret_;
};

}  // namespace millrace::ingest
