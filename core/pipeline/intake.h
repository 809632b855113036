#pragma once
// Intake: what every door calls: requests of one loop -> rows -> the journal -> outcomes. Knows no
// protocol.
//
//     door                      intake
//     admit()   -> an Admission, or why not: asked when the head of a request is there
//     submit()  -> its records become rows in one frame of the journal
//                  its Listener hears the outcome, at once or later
//
// Everything that the loop takes in one turn goes into one RowBatch, which is handed to the journal
// when the turn ends. A turn begins with its first request and ends when a poll of the sockets has
// brought no other, after four polls at the latest. Clock and disk are asked once a turn.
//
// A request with many records that takes longer than a piece (see PieceQueue) is pending and goes
// on at later turns; its rows go to the journal when all are mapped.
//
// Of a request with records that sinks keep because they cannot map them, the rejects go to their
// store first: which outcome it is only the store can tell, and if it fails nothing else may be
// stored, as the request is to be sent again.
//
// Thread  its loop's; other threads reach it through `post`.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/model/receipt.h"
#include "core/model/settings.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/admission_control.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/batcher.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/mailbox.h"
#include "core/pipeline/pending_requests.h"
#include "core/pipeline/piece_queue.h"
#include "core/pipeline/readiness.h"
#include "core/pipeline/record_counters.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/request.h"
#include "core/pipeline/row_slot.h"
#include "core/pipeline/template_inputs.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::pipeline {

struct IntakeParts {
    Journal& journal;
    Clock& clock;
    Rng& rng;
    RecordCounters& counters;
    RejectQueue& rejects;
    IdempotencyWindow& window;
    KeyHomes& key_homes;
    Evaluator& evaluator;
    std::uint64_t request_rows_max;  // records times sinks
    // Empty: always. An error is stream.in.diskFull and such.
    std::function<Result<void>()> accepting;
    // The same of one source, asked for each request that is new. An error has a text for its
    // senders.
    std::function<Result<void>(const SourceId&)> accepting_of = nullptr;
    Post post;
};

// What a request says of its records and of its answer.
struct Wishes {
    std::optional<RecordForm> form = {};  // empty: by the type of its body, or as its source says
    std::optional<Ack> ack = {};          // empty: as the sinks say
    std::string_view key = {};            // its idempotency key; empty: in the header, if any
    const IdempotencySettings* keys = nullptr;  // null: those of the source
    // It is a part of something of which other parts are stored one by one: it waits where others
    // are refused for want of memory or room. The caller bounds how many there are.
    bool has_company = false;
};

class Intake {
public:
    explicit Intake(IntakeParts parts);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // Asked before the body of a request is read. Not for a request that is over the rate of its
    // source, as the admission says then.
    // Errors  those of AdmissionControl, and what `accepting` says as told_of_journal()
    Result<Admission> admit(ProjectId project, std::string_view source, std::string_view secret);

    // The route that is served under these names, whoever asks; null if there is none.
    const SourceRoute* route_of(ProjectId project, std::string_view source) const {
        return admission_.route_of(project, source);
    }

    // See AdmissionControl.
    std::optional<Admission> admit_again(const std::shared_ptr<const SourceRoute>& route) const {
        return admission_.again(route);
    }

    bool is_current(const Admission& admission) const { return admission_.is_current(admission); }

    // Maps the record, or the many in it; `listener` hears how that ends, possibly at once. What
    // `record` sees is read before submit() returns. When it has arrived is set here.
    void submit(const Admission& admission, const Record& record, const Wishes& wishes,
                Listener& listener);

    // Says whether a record would be taken now.
    void ask_ready(Readiness::Done done);

    // To be called now and then: ends questions that wait too long, and goes on with what an
    // exception has left behind.
    void tick(SteadyTime now);

    // Hands over what was taken so far.
    void flush();

    // Serves the new route. Calls `served`, now or later, when all rows of the old one are handed
    // over.
    void set_route(const SourceAddress& address, std::shared_ptr<const SourceRoute> route,
                   std::function<void()> served = nullptr);

    // Why sinks could not take records. From any thread.
    const RefusalCounts& refusal_counts() const { return acceptor_.refusal_counts(); }

    // The doors have gone: listeners are not called from now on.
    void abandon();

private:
    using Id = PendingRequests::Id;
    using Values = std::shared_ptr<const TemplateBatch::Values>;  // null: none

    void begin_turn();
    void end_turn();
    bool end_turn_later();
    void run_piece();
    std::size_t lane_of(const SourceRoute& route) const;
    Batcher& batcher_of(const Request& request);
    bool claim_key(Request& request, const Wishes& wishes);
    bool has_place(Request& request);

    bool has_room_for(const Request& request) const;
    void hand_over_all();
    void collect(RequestPtr request);
    void evaluate(RequestPtr request, TemplateInputs& inputs, const Result<bool>& collected);
    void map_without_values(RequestPtr request, const Error& error);
    void map(RequestPtr request, const Values& values);
    void map_one(RequestPtr request, const Values& values);
    void map_many(RequestPtr request, const Values& values);
    void end_many(RequestPtr request, BatchAcceptor& acceptor, const Result<bool>& mapped);
    template <typename Acceptance>
    // By reference: where it throws, the slot of the caller ends before the request does.
    void end_mapping(RequestPtr&& request, Batcher& batcher, RowSlot& slot, Acceptance& acceptance);
    void keep_rejects(RequestPtr request, RejectGroup rejects, RowSlot& slot);
    void rejects_done(RequestPtr request, RejectOutcome outcome);

    template <typename Work, typename End>
    void go_on_in_pieces(RequestPtr request, std::shared_ptr<Work> work, End end);
    template <typename GoOn>
    void resume(Id id, GoOn go_on);
    void settle(const SourceAddress& address);
    std::unique_ptr<BatchAcceptor> new_acceptor();

    IntakeParts parts_;
    RequestPool requests_;
    AdmissionControl admission_;
    Acceptor acceptor_;
    // Not used at the moment; null: by a request that goes on later.
    std::unique_ptr<BatchAcceptor> spare_acceptor_;
    std::unique_ptr<TemplateInputs> spare_inputs_;
    PendingRequests pending_;
    PieceQueue pieces_;
    Mailbox mailbox_;
    std::deque<Batcher> batchers_;  // of each lane of the journal
    Readiness readiness_;

    bool in_turn_ = false;
    bool has_news_ = false;   // requests were taken since the last poll
    int polls_ = 0;           // of the turn
    Instant now_;             // of the turn
    Result<void> accepting_;  // of the turn
};

}  // namespace millrace::pipeline
