#pragma once
// Readiness: whether the journal takes rows now, found out by a real append of nothing.
//
// Thread  its loop's.

#include <functional>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/mailbox.h"
#include "core/ports/clock.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

class Readiness {
public:
    static constexpr Milliseconds kFreshFor{50};

    using Done = std::function<void(const Result<void>&)>;

    Readiness(Journal& journal, Clock& clock, Mailbox& mailbox)
        : journal_(journal), clock_(clock), mailbox_(mailbox) {}

    // Appends nothing to the journal; `done` hears when that is durable, or the error that a record
    // would be told now. Those that ask meanwhile, or within kFreshFor after that, hear the same:
    // any client may ask, as often as it likes, and each append is a write to the disk.
    // Errors  those of told_of_journal(); unavailable stream.in.volumeStalled: see expire()
    void ask(Done done, const Instant& now);

    // Ends all questions with volumeStalled if the first has waited for two seconds.
    void expire(SteadyTime now);

private:
    void append_nothing(const Instant& now);
    void complete(const Result<void>& outcome);

    Journal& journal_;
    Clock& clock_;
    Mailbox& mailbox_;
    std::vector<Done> waiting_;
    SteadyTime since_;  // the first of them
    bool is_under_way_ = false;
    Result<void> last_;  // what is fresh
    SteadyTime fresh_until_;
};

}  // namespace millrace::pipeline
