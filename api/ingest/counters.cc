#include "api/ingest/counters.h"

namespace millrace::ingest {

void Counters::add_to(CounterTotals& totals) const {
    totals.accepted += accepted.value();
    totals.rejected += rejected.value();
    totals.no_sink += no_sink.value();
    totals.duplicate += duplicate.value();
    totals.failed += failed.value();
    totals.rate_limited += rate_limited.value();
}

}  // namespace millrace::ingest
