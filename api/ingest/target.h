#pragma once
// Target: what a request line asks for.

#include <string_view>

namespace millrace::ingest {

enum class Endpoint { stream, health, unknown };

// Views into the request target.
struct Target {
    Endpoint endpoint = Endpoint::unknown;
    std::string_view
        project;  // of stream: the three parts after /stream/, not checked, never empty
    std::string_view source;
    std::string_view secret;
    bool verbose = false;      // the query has exactly verbose=true
    std::string_view records;  // the value of records= in the query, empty if absent
};

// Origin form and absolute form (RFC 9112 3.2). Nothing is percent-decoded: no id needs it.
Target parse_target(std::string_view text);

}  // namespace millrace::ingest
