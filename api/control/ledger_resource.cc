#include "api/control/ledger_resource.h"

#include "api/control/render.h"
#include "core/accounts/ledger.h"

namespace millrace::control {
namespace {

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto ledger, accounts::read_ledger(services.lifecycle, services.journal,
                                                        services.rejects, sink.number));
    const auto counts = services.sink_counters.counts(sink.number);
    return json_response(200, {{"accepted", ledger.accepted()},
                               {"local", ledger.local},
                               {"staging", ledger.staging},
                               {"target", ledger.target},
                               {"keptRejects", ledger.kept_rejects},
                               {"lost", ledger.lost},
                               {"sinceStart",
                                {{"received", counts.received},
                                 {"refused", counts.refused},
                                 {"duplicate", counts.duplicate}}}});
}

}  // namespace

void add_ledger(Router& router, const Services& services) {
    router.add("GET", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger",
               Access::token, [&services](const Call& call) { return get(services, call); });
}

}  // namespace millrace::control
