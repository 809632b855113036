#pragma once
// Batcher: gathers the rows of many requests in a batch for one lane of the journal, hands the
// batch over, and ends the requests when the journal has completed it.
//
// Durable  a request ends when its batch has reached what its outcome names (Ack). What is to be
//          remembered for requests with a key is in the batch itself; the window has it when it is
//          durable.
// Thread   its loop's.

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/pipeline/mailbox.h"
#include "core/pipeline/request.h"
#include "core/pipeline/row_slot.h"
#include "core/pipeline/spare_buffers.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

class Batcher {
public:
    // Both must outlive it.
    Batcher(Journal& journal, Mailbox& mailbox, std::size_t lane);
    ~Batcher();
    Batcher(const Batcher&) = delete;
    Batcher& operator=(const Batcher&) = delete;

    // The batch, for a slot with the rows of a request that has arrived now.
    RowBatch& open(const Instant& now);

    // The rows of the slot fit a batch. Else they can never be written.
    bool fits(const RowSlot& slot) const { return slot.bytes() <= bytes_max_; }

    // Keeps the rows, which must fit, and lets their request wait for the journal. Where it throws,
    // the request is still the caller's.
    void add(RowSlot& slot, RequestPtr&& request);

    // Hands the batch over, if a request waits for it.
    void flush();

    // Whether requests wait for room in the journal.
    bool is_waiting() const { return !refused_.empty(); }

    // Called about twice a second: what the journal had no room for is tried again, if it has
    // requests that are to wait. Others are refused meanwhile.
    void tick();

    // Ends the requests that wait for room: their rows may not come behind a change of their route.
    void give_up_waiting();

private:
    // Requests whose batch the journal has, by what they wait for: the disk, the page cache, or the
    // hand-over alone.
    using ByAck = std::array<std::vector<RequestPtr>, 3>;
    struct Handed {
        ByAck requests;
        Place place = {};
        int steps_left = 0;  // that come to it
    };
    using InFlight = std::list<Handed>;

    // A batch that the journal has no room for, of requests that are to wait.
    struct Refused {
        InFlight::iterator handed;
        RowBatch batch;
        int ticks = 0;  // that it has waited
    };

    void add_to_batch(RowSlot& slot, RequestPtr&& request);
    void remember(Request& request);
    void submit(InFlight::iterator handed);
    void hand_over(Refused&& one, bool has_turn);
    bool keep(Refused&& one);
    void try_again();
    void end_all(InFlight::iterator handed, const Result<void>& outcome);
    void end_memory(InFlight::iterator handed);
    void end_step(InFlight::iterator handed);
    static void end_those(Handed& handed, Ack ack, const Result<void>& outcome);

    Journal& journal_;
    Mailbox& mailbox_;
    const std::uint64_t bytes_max_;
    RowBatch batch_;
    ByAck waiting_;  // for batch_; null: one that could not wait after all
    bool is_awaited_ = false;
    std::vector<Once> once_;        // whose answers are in the batch, in that order
    std::size_t answer_bytes_ = 0;  // of those, about
    std::size_t csv_bytes_expected_;
    const std::shared_ptr<SpareBuffers> spares_ = std::make_shared<SpareBuffers>();
    InFlight in_flight_;
    std::list<Refused> refused_;
    std::size_t refused_bytes_ = 0;
};

}  // namespace millrace::pipeline
