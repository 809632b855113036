#include "api/ingest/keeping.h"

#include <utility>

namespace millrace::ingest {

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
    const bool is_kept = said_ == pipeline::RejectOutcome::kept;
    answerer_.end(is_kept ? endings_.kept : endings_.not_kept, place_,
                  *std::exchange(requester_, nullptr));
}

}  // namespace millrace::ingest
