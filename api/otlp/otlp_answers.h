#pragma once
// The answers to OTLP requests, in the encoding of the request.
//
// A refusal is a google.rpc.Status; as JSON it has the fields of our other errors too. Exporters
// send again after 429, 502, 503 and 504 only, and drop what they have after any other: so whatever
// may pass is 503, with Retry-After, and only what never will be taken is 4xx.
//
// See  docs/otlp.md, "Answers"; https://opentelemetry.io/docs/specs/otlp/#otlphttp-response

#include <cstdint>
#include <string>
#include <string_view>

#include "api/http/answer.h"
#include "core/base/error.h"
#include "core/base/time.h"
#include "core/model/signal.h"
#include "core/otlp/flattener.h"
#include "core/pipeline/admission_control.h"

namespace millrace::otlp {

// The status of a request that ends with this error.
int status_of(const Error& error);

// google.rpc.Code, as its table of HTTP statuses has it.
int rpc_code_of(int status);

// `wait`: when to send it again, if that is known.
http::Answer error_answer(const Error& error, Encoding encoding, Milliseconds wait = {});
http::Answer error_answer(int status, std::string_view name, std::string_view message,
                          Encoding encoding, Milliseconds wait = {});

http::Answer too_many_records(const pipeline::OverRate& over_rate, Encoding encoding);

// The Export...ServiceResponse. With nothing rejected and a text that is a warning.
struct Success {
    std::uint64_t rejected = 0;
    std::string message = {};
};
http::Answer success_answer(const Success& success, Signal signal, Encoding encoding);

}  // namespace millrace::otlp
