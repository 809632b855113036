#pragma once
// Ending: how a request ends, made when its records are mapped and used when the journal, and the
// store of rejects, have spoken.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/ingest/answer.h"
#include "core/model/receipt.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/ports/journal.h"

namespace millrace::ingest {

struct Ending {
    int status = 200;
    std::uint64_t accepted = 0;           // records, by every sink
    std::uint64_t rejected = 0;           // records, by some sink
    std::unique_ptr<Answer> report = {};  // null: the plain answer
    Ack ack = Ack::disk;
    std::shared_ptr<const pipeline::SourceRoute> route = {};
    // What became of the request at each sink; empty: all of them have its rows.
    std::vector<Receipt::Sink> sinks = {};
    bool has_receipt = false;  // something of it is stored
    bool has_no_sink = false;  // so that nothing of it is stored

    int status_of_answer() const { return report ? report->status : status; }
};

// How a request with these records ends if the journal takes its rows, and `rejects` is what the
// store says of its rejects. The receipt is the caller's.
Ending ending_of(const std::shared_ptr<const pipeline::SourceRoute>& route,
                 const pipeline::Acceptance& acceptance, pipeline::RejectOutcome rejects,
                 const Asked& asked);
Ending ending_of(const std::shared_ptr<const pipeline::SourceRoute>& route,
                 const pipeline::BatchAcceptance& acceptance, pipeline::RejectOutcome rejects,
                 const Asked& asked);

// Where the rows of a request are.
struct Place {
    Ticket ticket;
    WallTime arrived_at;

    bool operator==(const Place&) const = default;
};

// Makes the header lines of receipts. Requests of one batch often have the same: those made last
// are kept.
class ReceiptLines {
public:
    // Valid until the next call.
    std::string_view of(const Ending& ending, const Place& place);

private:
    const pipeline::SourceRoute* route_ = nullptr;
    Ack ack_ = Ack::disk;
    Place place_;
    Receipt receipt_;
    std::string lines_;
};

}  // namespace millrace::ingest
