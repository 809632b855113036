#pragma once
// Batcher: gathers the rows of many requests in a batch for one lane of the journal, hands the
// batch over, and answers the requests when the journal has spoken.
//
// Durable  a request is answered when its batch has reached what its ending names (Ack). The
//          answers to requests with a key are in the batch itself; the window remembers them when
//          it is durable.
// Thread   its loop's.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "api/ingest/answerer.h"
#include "api/ingest/ending.h"
#include "api/ingest/keeping.h"
#include "api/ingest/keyed_request.h"
#include "api/ingest/mailbox.h"
#include "api/ingest/requester.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/acceptor.h"
#include "core/ports/journal.h"

namespace millrace::ingest {

// A request whose rows, or whose answer, are in a batch.
struct WaitingRequest {
    Requester* requester = nullptr;
    Ending ending = {};                             // where there is no `keeping`
    std::shared_ptr<Keeping> keeping = nullptr;     // null: none of its records is a reject
    std::unique_ptr<KeyedRequest> keyed = nullptr;  // null: without a key
};

class Batcher {
public:
    struct Surroundings {
        Journal& journal;
        Answerer& answerer;
        Mailbox& mailbox;
    };
    Batcher(Surroundings around, std::size_t lane);
    ~Batcher();
    Batcher(const Batcher&) = delete;
    Batcher& operator=(const Batcher&) = delete;

    // The batch, for the rows of a request that has arrived now. They are to be added at once, and
    // then fit() and wait(), or split_off().
    RowBatch& open(const Instant& now);

    // Lets what was added since `mark` begin the next batch if this one has no room for it; false
    // if none has, and then it is gone.
    bool fit(const pipeline::BatchMark& mark);

    // Lets the request, whose rows are in the batch, wait for the journal.
    void wait(WaitingRequest request);

    // Hands the batch over, if anybody waits for it.
    void flush();

private:
    struct Handed;

    void complete_later(std::shared_ptr<Handed> handed, const Result<void>& outcome);
    void complete(Handed& handed, const Result<void>& outcome);

    const Surroundings around_;
    const std::uint64_t bytes_max_;
    RowBatch batch_;
    std::vector<WaitingRequest> waiting_;
    std::vector<KeyedRequest> keyed_;  // whose answers are in the batch, in that order
    std::size_t answer_bytes_ = 0;     // of those, about
    std::size_t csv_bytes_expected_;
};

}  // namespace millrace::ingest
