#pragma once
// Request: one request in flight, from its admission to its outcome.
//
//   admitted -> collecting -> evaluating -> mapping -> keeping -> journaled -> ended
//
// admitted     it has a route; its key, if it has one, is in flight
// collecting   its records are gathered for general templates, in pieces (PieceQueue)
// evaluating   the Evaluator has its templates
// mapping      its records become rows, in pieces; what its outcome will be is known then
// keeping      its rows wait until its rejects are in their store
// journaled    its rows are in a batch (Batcher), with what is to be remembered for its key
// ended        its listener has heard the outcome
//
// Each state may be passed over but the first and the last, and each may end the request early with
// an error. The owner of RequestPtr does the next step. One that is dropped, as by an exception,
// ends with an `internal` error: no client waits for ever.
//
// Lifetime  its RequestPool must outlive it.
// Thread    its loop's.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/mapping/held_record.h"
#include "core/mapping/record.h"
#include "core/model/outcome.h"
#include "core/model/settings.h"
#include "core/pipeline/idempotency_window.h"
#include "core/pipeline/record_counters.h"
#include "core/pipeline/seen_request.h"
#include "core/pipeline/source_route.h"
#include "core/ports/journal.h"

namespace millrace::pipeline {

class Request;
class RequestPool;

// Where the rows of a request are.
struct Place {
    Ticket ticket;
    WallTime arrived_at;

    bool operator==(const Place&) const = default;
};

// What asks at a door, and hears how that has ended. Of one request ended() or replayed() is
// called, once, possibly before it was submitted wholly.
class Listener {
public:
    virtual ~Listener() = default;

    // `request` holds during the call. Where something of it is stored, `place` says where.
    virtual void ended(const Request& request, const Place& place) = 0;

    // What the sender is to hear who sends the request again with its key, if its outcome becomes
    // what it is now: bytes that only the door reads.
    virtual std::string to_remember(const Request& request) = 0;

    // The request has been sent before, and `remembered` is from then. Returns how many records it
    // has.
    virtual std::uint64_t replayed(const std::string& remembered) = 0;
};

// A request is to be done once: it has an idempotency key.
struct Once {
    IdempotencyWindow::Claim claim;  // the key is free again where the request ends early
    AgeTime expires_at;              // its answer is forgotten then
    std::uint64_t keys_max = 0;      // of its source
    std::size_t lane = 0;            // its answer may be journaled there only
};

class Request {
public:
    std::shared_ptr<const SourceRoute> route;  // the one it came by, whatever is served now
    RecordForm form = RecordForm::single;
    std::optional<Ack> ack;   // that it asks for, instead of what the sinks say
    Record record;            // its body and context; views until hold_record()
    bool has_record = false;  // what they see is there
    std::optional<Once> once;
    Outcome outcome;                        // as far as it is known
    std::unique_ptr<RowBatch> rows;         // that wait for its rejects
    std::optional<std::uint64_t> waits_as;  // see PendingRequests
    bool has_company = false;               // a part of something of which more may be stored
    std::size_t bytes_elsewhere = 0;        // kept for it while it is pending

    // Its record will not be there any more. What people may look at of it is kept, if it is one
    // of those.
    void leave_record() {
        if (route->tap != nullptr) see_outcome();
        has_record = false;
    }

    // Copies what `record` sees, which may go then; once.
    void hold_record();
    // The record is not needed any more.
    void release_record();
    std::size_t bytes() const { return held_.bytes() + bytes_elsewhere; }

    // What is stored of it, or of what it is a part of, would be stored twice if it were refused
    // now and sent again: so it rather waits.
    bool is_to_wait() const { return has_company || outcome.kept > 0; }

    // What is to be remembered for its key.
    std::string to_remember() const { return listener_->to_remember(*this); }

    // Each ends the request. Its outcome is what it is:
    void end(const Place& place);
    // It was not taken; the first is the client's mistake, the second the service's fault. The
    // third is not counted.
    void refuse(Error error);
    void fail(Error error);
    void turn_back(Error error, Milliseconds retry_after = {});
    // It is not new.
    void replay(const std::string& remembered);

private:
    friend class RequestPool;

    Request(RequestPool& pool, RecordCounters& counters) : pool_(pool), counters_(counters) {}
    void tell(const Place& place);
    void see_outcome();
    void see_end(const Place& place);
    void see_duplicate(std::uint64_t records);
    void see_route();
    void clear();

    RequestPool& pool_;
    RecordCounters& counters_;
    Listener* listener_ = nullptr;  // null: it has ended
    bool holds_record_ = false;
    std::unique_ptr<SeenRequest> seen_;  // null: it is not looked at
    mapping::HeldRecord held_;

    friend struct EndRequest;
};

// The receipt of a request of which something is stored.
void set_receipt(Receipt& receipt, const Request& request, const Place& place);

struct EndRequest {
    void operator()(Request* request) const noexcept;
};
using RequestPtr = std::unique_ptr<Request, EndRequest>;

// Requests that have ended are used again: none is made for each.
class RequestPool {
public:
    explicit RequestPool(RecordCounters& counters) : counters_(counters) {}
    RequestPool(const RequestPool&) = delete;
    RequestPool& operator=(const RequestPool&) = delete;

    RequestPtr make(const std::shared_ptr<const SourceRoute>& route, Listener& listener);

    // No listener is called from now on.
    void close() { is_closed_ = true; }

private:
    friend class Request;
    friend struct EndRequest;

    void take_back(Request& request) noexcept;

    RecordCounters& counters_;
    bool is_closed_ = false;
    std::vector<std::unique_ptr<Request>> requests_;  // all
    std::vector<Request*> free_;
};

}  // namespace millrace::pipeline
