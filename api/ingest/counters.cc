#include "api/ingest/counters.h"

namespace millrace::ingest {

void Counters::add_to(CounterTotals& totals) const {
    for (std::size_t status = 0; status < requests.size(); ++status) {
        const auto count = requests[status].value();
        if (count > 0) totals.requests[static_cast<int>(status)] += count;
    }
    totals.accepted += accepted.value();
    totals.rejected += rejected.value();
    totals.no_sink += no_sink.value();
    totals.duplicate += duplicate.value();
    totals.failed += failed.value();
    totals.rate_limited += rate_limited.value();
    request_times.add_to(totals.request_times);
    totals.connections += connections.value();
    totals.refused_connections += refused_connections.value();
}

}  // namespace millrace::ingest
