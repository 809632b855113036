#pragma once
// Adds what became of the records of a request to the counters of the sinks of its route.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/model/reject.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/source_route.h"

namespace millrace::ingest {

// A record that a sink wants kept does not count as refused.
void tally(const pipeline::SourceRoute& route, const pipeline::Acceptance& acceptance);
void tally(const pipeline::SourceRoute& route, const pipeline::BatchAcceptance& acceptance);

// A request that no sink could take as it was, for all its records.
void tally_refused(const pipeline::SourceRoute& route);

// Records that were sent again with their key.
void tally_duplicates(const pipeline::SourceRoute& route, std::uint64_t records);

// Rejects that may not be kept after all.
class RejectTally {
public:
    RejectTally(const pipeline::SourceRoute& route, const RejectGroup& rejects);

    void add_refused() const;

private:
    std::vector<std::shared_ptr<pipeline::SinkCounters>> sinks_;  // one for each reject
};

}  // namespace millrace::ingest
