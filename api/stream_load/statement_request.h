#pragma once
// What the headers of a load by SQL ask for: its statement says where the rows go and how the body
// is written, the other headers are those of any load.
//
// See  docs/stream-load.md ("Loads by SQL")

#include "api/http/sent_headers.h"
#include "api/stream_load/load_request.h"
#include "core/base/result.h"

namespace millrace::stream_load {

// As read_load_headers(); fills `request.statement` too.
// Errors  invalid, in the words that clients get: also where a header says what only the statement
//         may say, or says it otherwise
Result<void> read_statement_headers(const http::SentHeaders& headers, LoadRequest& request);

}  // namespace millrace::stream_load
