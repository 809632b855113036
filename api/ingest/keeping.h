#pragma once
// Keeping: a request some of whose records are kept as rejects. It is answered when the journal has
// its rows and the store has its rejects, whichever comes first.
//
// Thread  its loop's.

#include <optional>

#include "api/ingest/answerer.h"
#include "api/ingest/ending.h"
#include "api/ingest/requester.h"
#include "core/pipeline/reject_queue.h"

namespace millrace::ingest {

class Keeping {
public:
    // How it ends, by what becomes of its rejects.
    struct Endings {
        Ending kept;
        Ending full;
        Ending failed;

        const Ending& of(pipeline::RejectOutcome rejects) const;
    };

    // `place` says when it arrived; where, if it has rows, the journal says.
    Keeping(Answerer& answerer, Requester& requester, Endings endings, const Place& place,
            bool has_rows);

    // If its rejects are kept.
    const Ending& ending() const { return endings_.kept; }

    // The store has spoken.
    void rejects_done(pipeline::RejectOutcome outcome);

    // The journal has its rows.
    void rows_done(const Place& place);
    // The journal has not taken them. This is the answer, whatever the store will say.
    void rows_failed(const Answer& answer);

private:
    void end_if_done();

    Answerer& answerer_;
    Requester* requester_;  // null: it has been answered
    const Endings endings_;
    Place place_;
    bool waits_for_rows_;
    std::optional<pipeline::RejectOutcome> said_;  // by the store
};

}  // namespace millrace::ingest
