#pragma once
// The answers that the doors of sources share: of errors, limits, OPTIONS.
//
// See  docs/ingest.md (all statuses and bodies)

#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/pipeline/admission_control.h"

namespace millrace::doors {

using http::Answer;
using http::Media;
using http::text_answer;

// The header line Retry-After of an answer with that status; empty where it needs none.
std::string_view retry_after(int status);
std::string retry_after(Milliseconds wait);

// JSON {statusCode, error, message} with the status of the error; says Retry-After where the status
// does or the wait is known.
Answer error_answer(const Error& error, Milliseconds wait = {});

// 429 for a source over its rate: says which rate, that nothing is left of it, and when something
// will be again (Retry-After, RateLimit-*).
Answer too_many_records(const pipeline::OverRate& over_rate);

Answer method_not_allowed(std::string_view methods);

// To OPTIONS: which methods there are, and that scripts of other sites may use them with the
// headers they ask for.
Answer options_of(std::string_view methods, std::string_view origin,
                  std::string_view asked_headers);
Answer unsupported_content_encoding();

inline constexpr std::string_view kAckNone = "Ack: none\r\n";  // nothing is stored

// Behind why a record was refused that its sink would have kept.
inline constexpr std::string_view kRejectsFull =
    " It could not be kept: the rejects of the sink are full.";

inline constexpr std::string_view kMethodsOfStream = "OPTIONS, POST";

// The headers of our answers that scripts may read.
inline constexpr std::string_view kExposedHeaders =
    "Accept-Encoding, Ack, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, "
    "RateLimit-Reset, Receipt, Retry-After";

}  // namespace millrace::doors
