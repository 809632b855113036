#pragma once
// RecordCounters: what became of the records of one intake, for /metrics.
//
// Thread  one loop writes, any thread reads; each number is exact, the set is not one moment.

#include "core/base/counter.h"

namespace millrace::pipeline {

struct RecordCounters {
    Counter accepted;      // every enabled sink has taken its row, or keeps it
    Counter rejected;      // some sink could not map the record
    Counter no_sink;       // answered as taken and stored nowhere
    Counter duplicate;     // sent again with their key: answered as before
    Counter failed;        // the service could not take them, or does not know whether it has
    Counter bytes;         // of the bodies of requests that were mapped, decoded
    Counter rate_limited;  // requests, before their bodies were read
};

}  // namespace millrace::pipeline
