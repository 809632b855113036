#pragma once
// Probes: answers whether the journal takes rows now, by a real append of nothing.
//
// Thread  its loop's.

#include <vector>

#include "api/ingest/answer.h"
#include "api/ingest/mailbox.h"
#include "api/ingest/requester.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/clock.h"
#include "core/ports/journal.h"

namespace millrace::ingest {

class Probes {
public:
    static constexpr Milliseconds kFreshFor{50};

    Probes(Journal& journal, Clock& clock, Mailbox& mailbox)
        : journal_(journal), clock_(clock), mailbox_(mailbox) {}

    // Appends nothing to the journal and answers when that is durable: 200, or what a record would
    // be told now. Whoever asks meanwhile, or within kFreshFor after that, gets the same answer:
    // anybody may ask, as often as he likes, and each append is a write to the disk.
    void add(Requester& requester, const Instant& now);

    // Answers 503 stream.in.volumeStalled if the first has waited for two seconds.
    void expire(SteadyTime now);

private:
    void complete(const Result<void>& outcome);

    Journal& journal_;
    Clock& clock_;
    Mailbox& mailbox_;
    std::vector<Requester*> waiting_;
    SteadyTime since_;  // the first of them
    bool is_under_way_ = false;
    Answer last_;  // of the probe that is fresh
    SteadyTime fresh_until_;
};

}  // namespace millrace::ingest
