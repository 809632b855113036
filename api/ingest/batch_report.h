#pragma once
// The answer to a request with many records: the report of one record with counts, and with the
// first bad records of each sink.
//
// See  docs/ingest.md, Batches

#include "api/ingest/answer.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/source_route.h"

namespace millrace::ingest {

// Whether `acceptance` needs a body of its own, or is answered by append_plain_ok().
bool needs_report(const pipeline::BatchAcceptance& acceptance, pipeline::RejectOutcome rejects,
                  const Asked& asked);

// Of a sink that has kept bad records, `accepted` counts them too, and `errors` are `warnings`.
Answer report(const pipeline::SourceRoute& route, const pipeline::BatchAcceptance& acceptance,
              pipeline::RejectOutcome rejects, const Asked& asked);

}  // namespace millrace::ingest
