#include "api/ingest/keeping.h"

#include <utility>

namespace millrace::ingest {

const Ending& Keeping::Endings::of(pipeline::RejectOutcome rejects) const {
    switch (rejects) {
        case pipeline::RejectOutcome::kept:
            return kept;
        case pipeline::RejectOutcome::full:
            return full;
        case pipeline::RejectOutcome::failed:
            break;
    }
    return failed;
}

Keeping::Keeping(Answerer& answerer, Requester& requester, Endings endings, const Place& place,
                 bool has_rows)
    : answerer_(answerer),
      requester_(&requester),
      endings_(std::move(endings)),
      place_(place),
      waits_for_rows_(has_rows) {}

void Keeping::rejects_done(pipeline::RejectOutcome outcome) {
    said_ = outcome;
    end_if_done();
}

void Keeping::rows_done(const Place& place) {
    place_ = place;
    waits_for_rows_ = false;
    end_if_done();
}

void Keeping::rows_failed(const Answer& answer) {
    answerer_.fail(endings_.kept, answer, *std::exchange(requester_, nullptr));
}

void Keeping::end_if_done() {
    if (requester_ == nullptr || waits_for_rows_ || !said_) return;
    answerer_.end(endings_.of(*said_), place_, *std::exchange(requester_, nullptr));
}

}  // namespace millrace::ingest
