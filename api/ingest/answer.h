#pragma once
// The answers of the data plane.
//
// See  docs/ingest.md (all statuses and bodies)

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "core/base/result.h"
#include "core/model/receipt.h"
#include "core/pipeline/acceptor.h"
#include "core/pipeline/reject_queue.h"
#include "core/pipeline/source_route.h"
#include "core/policy/rate_limit.h"

namespace millrace::ingest {

using http::Answer;
using http::Media;
using http::text_answer;

// The header lines of a request whose rows were taken.
std::string receipt_headers(const Receipt& receipt);

// The header line Retry-After of an answer with that status; empty where it needs none.
std::string_view retry_after(int status);

// JSON {statusCode, error, message} with the status of the error; 503 and 507 say Retry-After.
Answer error_answer(const Error& error);

// The same with a 5xx of the journal, whose own texts are not for clients.
Answer journal_error_answer(const Error& error);

// What a request says of its answer.
struct Asked {
    bool verbose = false;
    std::optional<Ack> ack = {};  // instead of what the sinks say
};

// The rows of the sink are durable before the answer.
bool waits_for_sync(const pipeline::SinkRoute& sink, const Asked& asked);

// 202 if some row is not durable yet, as far as is promised.
template <typename Acceptance>
int status_of_rows(const Acceptance& acceptance, const Asked& asked) {
    const bool is_durable = asked.ack ? *asked.ack == Ack::disk : !acceptance.has_unsynced;
    return is_durable ? 200 : 202;
}

// Whether `acceptance` needs a body of its own, or is answered by append_plain_ok().
bool needs_report(const pipeline::Acceptance& acceptance, pipeline::RejectOutcome rejects,
                  const Asked& asked);

// The per-sink report of reference 3.4, as JSON; its status is the highest of all sinks. A sink
// that has kept the record has accepted it, with a warning.
Answer report(const pipeline::SourceRoute& route, const pipeline::Acceptance& acceptance,
              pipeline::RejectOutcome rejects, const Asked& asked);

// 429 for a source over its rate: says which rate, that nothing is left of it, and when something
// will be again (Retry-After, RateLimit-*).
Answer too_many_records(const policy::RateLimit& exceeded, Milliseconds wait);

Answer method_not_allowed(std::string_view allow_header);
Answer cors_preflight();
Answer unsupported_content_encoding();

inline constexpr std::string_view kAckNone = "Ack: none\r\n";  // nothing is stored
inline constexpr std::string_view kAllowStream = "Allow: OPTIONS, POST\r\n";
inline constexpr std::string_view kAllowHealth = "Allow: GET\r\n";

}  // namespace millrace::ingest
