#pragma once
// What a request whose records were taken, or refused by sinks, is answered.
//
// See  docs/ingest.md, Success and Batches

#include "api/doors/door_answer.h"
#include "core/pipeline/request.h"

namespace millrace::ingest {

// 200; 202 if some row is not durable yet, as far as is promised; or what some sink says, if that
// is higher.
int status_of(const pipeline::Request& request);

// Whether the request is answered by a report, or with `OK`.
bool needs_report(const pipeline::Request& request, bool verbose);

// The report with what each sink has, as JSON. With many records it has counts, and the first bad
// records of each sink. A sink that has kept records has accepted them, with a warning.
http::Answer report(const pipeline::Request& request);

}  // namespace millrace::ingest
