#include "api/control/ledger_resource.h"

#include "api/control/render.h"
#include "api/control/statistics_resource.h"

namespace millrace::control {
namespace {

constexpr int kAttempts = 5;

Result<Response> get(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto ledger,
               read_ledger(services.lifecycle, services.journal, services.rejects, sink.number));
    const auto counts = services.sink_counters.counts(sink.number);
    return json_response(200, {{"accepted", ledger.accepted()},
                               {"local", ledger.local},
                               {"staging", ledger.staging},
                               {"target", ledger.target},
                               {"keptRejects", ledger.kept_rejects},
                               {"sinceStart",
                                {{"received", counts.received},
                                 {"refused", counts.refused},
                                 {"duplicate", counts.duplicate}}}});
}

}  // namespace

Result<Ledger> read_ledger(LifecycleCatalog& lifecycle, const Journal& journal,
                           RejectStore& rejects, SinkNumber sink) {
    // A retry makes rows of rejects: it must not come between the two readings.
    TRY_ASSIGN(auto before, rejects.reject_totals(sink));
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(const auto rows, total_statistics(lifecycle, journal, sink));
        TRY_ASSIGN(const auto after, rejects.reject_totals(sink));
        if (after == before || attempt == kAttempts) {
            return Ledger{.local = rows.local.rows,
                          .staging = rows.staging.rows,
                          .target = rows.target.rows,
                          .kept_rejects = after.count};
        }
        before = after;
    }
}

void add_ledger(Router& router, const Services& services) {
    router.add("GET", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/ledger",
               Access::token, [&services](const Call& call) { return get(services, call); });
}

}  // namespace millrace::control
