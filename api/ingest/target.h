#pragma once
// Target: what a request line asks for.

#include <string_view>

namespace millrace::ingest {

enum class Endpoint { stream, health, ready, unknown };

// Views into the request target.
struct Target {
    Endpoint endpoint = Endpoint::unknown;
    std::string_view project;  // of stream: the parts after /stream/, not checked
    std::string_view source;
    std::string_view secret;   // empty if the path has none
    bool verbose = false;      // the query has exactly verbose=true
    std::string_view records;  // the value of records= in the query, empty if absent
    std::string_view ack;      // the value of ack= in the query, or else of the header Ack
};

// Origin form and absolute form (RFC 9112 3.2). Nothing is percent-decoded: no id needs it.
Target parse_target(std::string_view text);

// The token of an Authorization header "Bearer TOKEN" (RFC 6750 2.1); empty if it is no such thing.
std::string_view bearer_token(std::string_view authorization);

}  // namespace millrace::ingest
