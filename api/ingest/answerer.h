#pragma once
// Answerer: gives requesters the answer that their ending says, and counts it.
//
// Thread  its loop's.

#include "api/ingest/answer.h"
#include "api/ingest/counters.h"
#include "api/ingest/ending.h"
#include "api/ingest/requester.h"

namespace millrace::ingest {

class Answerer {
public:
    explicit Answerer(Counters& counters) : counters_(counters) {}

    // What is stored of the request is at `place`.
    void end(const Ending& ending, const Place& place, Requester& requester);

    // Nothing of it is stored, or nobody knows: the journal did not take its rows.
    void fail(const Ending& ending, const Answer& answer, Requester& requester);

private:
    Counters& counters_;
    ReceiptLines receipts_;
};

}  // namespace millrace::ingest
