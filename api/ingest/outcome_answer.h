#pragma once
// The outcome of a request -> its answer.

#include <cstdint>
#include <string>

#include "api/doors/receipt_lines.h"
#include "api/http/door.h"
#include "core/pipeline/request.h"

namespace millrace::ingest {

// Answers the request, which has ended. `verbose`: it has asked for a report.
void answer_outcome(http::ResponseWriter& writer, const pipeline::Request& request,
                    const pipeline::Place& place, bool verbose, doors::ReceiptLines& receipts);

// What is remembered of that answer, in case the outcome becomes what it is now.
std::string outcome_to_remember(const pipeline::Request& request, bool verbose);

// Gives the answer that is remembered again; returns how many records it was for.
std::uint64_t answer_again(http::ResponseWriter& writer, const std::string& remembered);

}  // namespace millrace::ingest
