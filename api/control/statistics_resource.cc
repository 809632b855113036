#include "api/control/statistics_resource.h"

#include <vector>

#include "api/control/render.h"

namespace millrace::control {
namespace {

constexpr int kAttempts = 5;

std::vector<OpenSlice> local_slices(const Journal& journal, SinkNumber sink) {
    auto slices = journal.local_slices();
    std::erase_if(slices, [sink](const OpenSlice& slice) { return slice.opening.sink.sink != sink; });
    return slices;
}

Result<Response> get_total(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto statistics,
               total_statistics(services.lifecycle, services.journal, sink.number));
    return json_response(200, render_statistics(statistics));
}

}  // namespace

Result<SinkStatistics> total_statistics(LifecycleCatalog& catalog, const Journal& journal,
                                        SinkNumber sink) {
    for (int attempt = 1;; ++attempt) {
        const auto local = local_slices(journal, sink);
        TRY_ASSIGN(auto statistics, catalog.statistics(sink));
        // A slice that the catalog has by now was sealed between the reads, and its counts are
        // perhaps in `statistics` already: read again.
        bool moved = false;
        for (const auto& slice : local) {
            TRY_ASSIGN(const auto known, catalog.find_slice(slice.opening.slice));
            if (known) {
                moved = true;
                continue;
            }
            statistics.local.add({.rows = slice.content.rows,
                                  .csv_bytes = slice.content.bytes,
                                  .staged_bytes = 0,
                                  .first_at = slice.content.first_at,
                                  .last_at = slice.content.last_at});
        }
        if (!moved || attempt == kAttempts) return statistics;
    }
}

void add_statistics(Router& router, const Services& services) {
    router.add("GET", "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/statistics/total",
               Access::token, [&services](const Call& call) { return get_total(services, call); });
}

}  // namespace millrace::control
