#pragma once
// Outcome: how a request has ended. Each door tells it to its client in its own protocol.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/receipt.h"

namespace millrace {

struct RecordProblem {
    std::uint64_t number = 1;  // of the record, as RecordReader counts
    Error error;
};

// What one sink has of the records of a request.
struct SinkOutcome {
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t kept = 0;       // of `accepted`: as rejects, not as rows
    std::uint64_t defaulted = 0;  // of its rows: those where every path fell back to its default
    bool refused = false;         // it has taken none, for its first problem
    bool is_full = false;         // it would have kept some, and has as many as it may keep
    std::vector<RecordProblem> problems = {};  // the first few
};

struct Outcome {
    // Set: the request has failed as a whole, and nothing of it is stored; or that is not known
    // (unknown_outcome).
    std::optional<Error> error = {};
    Milliseconds retry_after{0};  // when to send it again, if that is known; else 0

    std::uint64_t records = 1;            // of the request
    std::uint64_t accepted = 0;           // of them by every sink
    std::uint64_t kept = 0;               // of `accepted`: by some sink as a reject
    std::vector<SinkOutcome> sinks = {};  // ordered as in the route; empty: each has all as rows
    bool is_stored = false;               // something of it is
    bool is_synced = true;                // false: some row was not promised to be durable
    Ack reached = Ack::disk;              // by what is stored

    std::uint64_t rejected() const { return records - accepted; }

    // What sinks would have kept they cannot keep: they refuse it.
    void refuse_kept();
};

}  // namespace millrace
