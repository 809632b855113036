#pragma once
// StreamUrl: what a request line asks for.

#include <string_view>

#include "core/base/result.h"
#include "core/pipeline/intake.h"

namespace millrace::ingest {

enum class Endpoint { stream, health, ready, unknown };

// Views into the request target.
struct StreamUrl {
    Endpoint endpoint = Endpoint::unknown;
    std::string_view project;  // of stream: the parts after /stream/, not checked
    std::string_view source;
    std::string_view secret;   // empty if the path has none
    bool verbose = false;      // the query has exactly verbose=true
    std::string_view records;  // the value of records= in the query, empty if absent
    std::string_view ack;      // the value of ack= in the query, or else of the header Ack
};

// Origin form and absolute form (RFC 9112 3.2). Nothing is percent-decoded: no id needs it.
StreamUrl parse_stream_url(std::string_view text);

// What its query says of records and answer.
// Errors  invalid stream.in.badRequest: there is no such form, or level
Result<pipeline::Wishes> wishes_of(const StreamUrl& url);

}  // namespace millrace::ingest
