#pragma once
// Adds what became of the records of a request to the counters of the sinks of its route.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/reject.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/source_route.h"

namespace millrace::pipeline {

// A record that a sink wants kept does not count as refused.
void tally(const SourceRoute& route, const Acceptance& acceptance);
void tally(const SourceRoute& route, const BatchAcceptance& acceptance);

// A request that no sink could take as it was, for all its records.
void tally_refused(const SourceRoute& route);

// Records that were sent again with their key.
void tally_duplicates(const SourceRoute& route, std::uint64_t records);

// Rejects that may not be kept after all.
class RejectTally {
public:
    RejectTally(const SourceRoute& route, const RejectGroup& rejects);

    void add_refused() const;

private:
    std::vector<std::shared_ptr<SinkCounters>> sinks_;  // one for each reject
};

}  // namespace millrace::pipeline
