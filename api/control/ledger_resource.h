#pragma once
// /v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger: where every record that the
// sink has accepted is now.

#include "api/control/router.h"
#include "api/control/services.h"

namespace millrace::control {

// The records of a sink at one moment; each is in one of the places.
struct Ledger {
    std::uint64_t local = 0;
    std::uint64_t staging = 0;
    std::uint64_t target = 0;  // since the statistics of the sink were cleared
    std::uint64_t kept_rejects = 0;

    std::uint64_t accepted() const { return local + staging + target + kept_rejects; }
};

// Errors  those of the catalog
Result<Ledger> read_ledger(LifecycleCatalog& lifecycle, const Journal& journal,
                           RejectStore& rejects, SinkNumber sink);

// `services` must outlive the router.
void add_ledger(Router& router, const Services& services);

}  // namespace millrace::control
