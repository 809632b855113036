#pragma once
// What became of the records of a request at its sinks -> its outcome, if the journal takes its
// rows and the store its rejects.

#include "core/model/outcome.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/batch_acceptor.h"
#include "core/pipeline/source_route.h"

namespace millrace::pipeline {

// `ack`: that the request asks for, if it does. Sets all but `error`.
void set_outcome(Outcome& outcome, const SourceRoute& route, const Acceptance& acceptance,
                 std::optional<Ack> ack);
void set_outcome(Outcome& outcome, const SourceRoute& route, const BatchAcceptance& acceptance,
                 std::optional<Ack> ack);

}  // namespace millrace::pipeline
