#include "api/ingest/counters.h"

namespace millrace::ingest {

void CounterTotals::add(const pipeline::RecordCounters& counters) {
    accepted += counters.accepted.value();
    rejected += counters.rejected.value();
    no_sink += counters.no_sink.value();
    duplicate += counters.duplicate.value();
    failed += counters.failed.value();
    bytes += counters.bytes.value();
    rate_limited += counters.rate_limited.value();
}

}  // namespace millrace::ingest
