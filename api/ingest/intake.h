#pragma once
// Intake: requests of one loop -> rows -> the journal -> answers. Knows no sockets.
//
// Everything that the loop parses in one turn goes into one RowBatch, which is handed to the
// journal when the turn ends. A turn begins with its first request and ends when a poll of the
// sockets has brought no other, after four polls at the latest. Clock and disk are asked once a
// turn. Records that a sink keeps because it cannot map them go to the reject store beside that;
// such a request is answered when both have spoken.
//
// A request with many records that takes longer than a piece (see PieceQueue) is parked and goes on
// at later turns; its rows go to the journal when all are mapped.
//
// Of a request with an idempotency key the rejects are kept first, because its answer goes to the
// journal with its rows.
//
// Thread  its loop's; only the journal's completion comes from outside, through `post`.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/ingest/answer.h"
#include "api/ingest/answerer.h"
#include "api/ingest/batcher.h"
#include "api/ingest/counters.h"
#include "api/ingest/ending.h"
#include "api/ingest/gate.h"
#include "api/ingest/keeping.h"
#include "api/ingest/keyed_request.h"
#include "api/ingest/mailbox.h"
#include "api/ingest/parking.h"
#include "api/ingest/piece_queue.h"
#include "api/ingest/probes.h"
#include "api/ingest/requester.h"
#include "api/ingest/target.h"
#include "core/base/result.h"
#include "core/mapping/record.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/key_homes.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/template_inputs.h"
#include "core/ports/clock.h"
#include "core/ports/evaluator.h"
#include "core/ports/journal.h"
#include "core/ports/rng.h"

namespace millrace::ingest {

struct IntakeParts {
    Journal& journal;
    Clock& clock;
    Rng& rng;
    Counters& counters;
    pipeline::RejectQueue& rejects;
    pipeline::IdempotencyWindow& window;
    pipeline::KeyHomes& key_homes;
    Evaluator& evaluator;
    std::uint64_t request_rows_max;           // records times sinks
    std::function<Result<void>()> accepting;  // empty: always. Errors  stream.in.diskFull and such
    Post post;
};

class Intake {
public:
    explicit Intake(IntakeParts parts);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // Asked before the body of a request is read. The answer says why no record may be sent to the
    // target: 400 badRequest, 404 noSourceFound, 404 disabledSource, 429 rateLimited, or the error
    // of `accepting`.
    std::variant<Answer, Admission> admit(const Target& target);

    // Whether the admission still holds. If not, because a route has changed meanwhile, the request
    // is to be admitted again.
    bool is_current(const Admission& admission) const { return gate_.is_current(admission); }

    // Maps a record, or many if the request says so, and answers `requester`: now, or when its
    // templates are evaluated and the journal has spoken. `record` is read before take() returns.
    // `arrived_at` of the record is set here.
    void take(const Admission& admission, Record record, Requester& requester);

    // Answers whether a record would be taken now (see Probes).
    void probe(Requester& requester);
    // To be called now and then: ends probes that wait too long, and goes on with what an exception
    // has left behind.
    void tick(SteadyTime now);

    // Hands over what was taken so far.
    void flush();

    // Serves the new route. Calls `served`, now or later, when all rows of the old one are handed
    // over.
    void set_route(const pipeline::SourceAddress& address,
                   std::shared_ptr<const pipeline::SourceRoute> route,
                   std::function<void()> served = nullptr);

    // Why sinks could not take records. From any thread.
    const pipeline::RefusalCounts& refusal_counts() const { return acceptor_.refusal_counts(); }

    // Nobody waits any more: requesters are not called from now on.
    void abandon();

private:
    struct Caller;
    struct Held;
    struct Mapping;
    struct Collecting;

    using SharedRoute = std::shared_ptr<const pipeline::SourceRoute>;
    using Values = std::shared_ptr<const TemplateBatch::Values>;  // null: none

    void begin_turn();
    void end_turn();
    bool end_turn_later();
    void run_piece();
    std::size_t lane_of(const pipeline::SourceRoute& route) const;
    Batcher& batcher_of(const pipeline::SourceRoute& route, const KeyedRequest* keyed);
    bool claim_key(const pipeline::SourceRoute& route, const Record& request, RecordForm form,
                   Caller& caller);
    void collect(const SharedRoute& route, const Record& request, RecordForm form, Caller caller);
    bool collect_on(Parking::Id id, Collecting& collecting);
    void evaluate(const SharedRoute& route, const Record& request, RecordForm form,
                  pipeline::TemplateInputs& inputs, const Result<bool>& collected, Caller caller);
    void take_without_values(const SharedRoute& route, const Record& request, RecordForm form,
                             const Error& error, Caller caller);
    void unpark(Parking::Id id, Values values);
    void take_one(const SharedRoute& route, const Record& record, const Values& values,
                  Caller caller);
    void take_many(const SharedRoute& route, const Record& request, RecordForm form, Values values,
                   Caller caller);
    template <typename Work>
    Result<bool> step_of(Parking::Id id, Work& work);
    bool map_on(Parking::Id id, Mapping& mapping);
    void end_many(const SharedRoute& route, pipeline::BatchAcceptor& acceptor,
                  const Result<bool>& mapped, Caller caller);
    const ParkedRequest& park(Parking::Id& id, const SharedRoute& route, const Record& request,
                              RecordForm form, Caller caller);
    Caller caller_of(Parking::Id id, ParkedRequest& parked);
    std::unique_ptr<pipeline::BatchAcceptor> new_acceptor();
    template <typename Acceptance>
    bool is_unfit(const Acceptance& acceptance) const;
    template <typename Acceptance>
    void refuse_whole(const Acceptance& acceptance, RowBatch& batch,
                      const pipeline::BatchMark& mark, std::uint64_t records, const Caller& caller);
    template <typename Acceptance>
    static Keeping::Endings endings_of(const SharedRoute& route, const Acceptance& acceptance,
                                       const Asked& asked, bool has_rows);
    template <typename Acceptance>
    void wait(const SharedRoute& route, Batcher& batcher, Acceptance& acceptance, bool has_rows,
              Caller caller);
    void wait_for_journal(Batcher& batcher, WaitingRequest request);
    template <typename Acceptance>
    void hold(const SharedRoute& route, Acceptance& acceptance, RowBatch rows, Caller caller);
    void end_hold(Parking::Id id, Held& held, pipeline::RejectOutcome outcome);
    void settle(const pipeline::SourceAddress& address);
    void submit_rejects(const pipeline::SourceRoute& route, RejectGroup rejects,
                        std::function<void(pipeline::RejectOutcome)> then);

    IntakeParts parts_;
    Gate gate_;
    pipeline::Acceptor acceptor_;
    // Not used at the moment; null: by a request that goes on later.
    std::unique_ptr<pipeline::BatchAcceptor> spare_acceptor_;
    std::unique_ptr<pipeline::TemplateInputs> spare_inputs_;
    Parking parking_;
    PieceQueue pieces_;
    Mailbox mailbox_;
    Answerer answerer_;
    std::deque<Batcher> batchers_;  // of each lane of the journal
    Probes probes_;

    bool in_turn_ = false;
    bool has_news_ = false;   // requests were taken since the last poll
    int polls_ = 0;           // of the turn
    Instant now_;             // of the turn
    Result<void> accepting_;  // of the turn
};

}  // namespace millrace::ingest
