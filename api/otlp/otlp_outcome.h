#pragma once
// How a request has ended -> what its exporter is told.

#include "api/http/answer.h"
#include "core/model/outcome.h"
#include "core/model/signal.h"
#include "core/otlp/flattener.h"
#include "core/pipeline/source_route.h"

namespace millrace::otlp {

// Why all of the request is to be sent again, if it is: it has failed, or a sink that has refused
// all of it could take it later.
const Error* passing_error(const Outcome& outcome);

// A record counts as rejected where some sink has not taken it. Where a sink could take nothing at
// the moment the whole request is to be sent again: 503, though other sinks may have their rows.
http::Answer answer_of(const Outcome& outcome, const pipeline::SourceRoute& route, Signal signal,
                       Encoding encoding);

}  // namespace millrace::otlp
