#pragma once
// The answers of the data plane but the report (report.h).
//
// See  docs/ingest.md (all statuses and bodies)

#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/pipeline/admission_control.h"

namespace millrace::ingest {

using http::Answer;
using http::Media;
using http::text_answer;

// The header line Retry-After of an answer with that status; empty where it needs none.
std::string_view retry_after(int status);

// JSON {statusCode, error, message} with the status of the error; says Retry-After where the status
// does or the wait is known.
Answer error_answer(const Error& error, Milliseconds wait = {});

// 429 for a source over its rate: says which rate, that nothing is left of it, and when something
// will be again (Retry-After, RateLimit-*).
Answer too_many_records(const pipeline::OverRate& over_rate);

Answer method_not_allowed(std::string_view allow_header);
Answer cors_preflight();
Answer unsupported_content_encoding();

inline constexpr std::string_view kAckNone = "Ack: none\r\n";  // nothing is stored
inline constexpr std::string_view kAllowStream = "Allow: OPTIONS, POST\r\n";
inline constexpr std::string_view kAllowHealth = "Allow: GET\r\n";

}  // namespace millrace::ingest
