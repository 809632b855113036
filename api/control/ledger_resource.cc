#include "api/control/ledger_resource.h"

#include "api/control/render.h"
#include "core/accounts/ledger.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

Result<Response> get(const LedgerApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY_ASSIGN(const auto ledger,
               accounts::read_ledger(api.lifecycle, api.journal, api.rejects, sink.number));
    const auto counts = api.sink_counters.counts(sink.number);
    return json_response(200, {{"accepted", ledger.accepted()},
                               {"local", ledger.local},
                               {"staging", ledger.staging},
                               {"target", ledger.target},
                               {"setAside", ledger.set_aside},
                               {"discarded", ledger.discarded},
                               {"keptRejects", ledger.kept_rejects},
                               {"lost", ledger.lost},
                               {"sinceStart",
                                {{"received", counts.received},
                                 {"refused", counts.refused},
                                 {"duplicate", counts.duplicate}}}});
}

}  // namespace

void add_ledger(Router& router, const LedgerApi& api) {
    Routes<LedgerApi>(router, api)
        .add("GET", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger", get);
}

}  // namespace millrace::control
