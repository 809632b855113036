#pragma once
// Answer: status, headers and body of one answer, and its bytes on the wire.
//
// See  RFC 9112 4 and 6

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

enum class Media { none, text, json };

struct Answer {
    int status = 200;
    Media media = Media::none;  // of `body`; none: unsaid, or said in `headers`
    std::string headers;        // further header lines with their line ends
    std::string body;
    bool close = false;                            // the connection cannot go on after it
    bool cross_origin = false;                     // any script may read it (CORS)
    std::optional<std::uint64_t> body_bytes = {};  // to HEAD: of the body that is not sent
};

// How the connection wants its answer.
struct Framing {
    bool is_http_11 = true;
    bool keep_alive = true;
    bool head_only = false;     // to a HEAD request
    bool cross_origin = false;  // any script may read it, whatever the answer says
};

// Appends the bytes of the answer to `out`.
void append_answer(std::string& out, const Answer& answer, const Framing& framing);

// Appends the bytes of the answer `OK` with status 200 or 202 and further header lines: most of it
// is made once, for the hot path.
void append_plain_ok(std::string& out, int status, std::string_view headers,
                     const Framing& framing);

Answer text_answer(int status, std::string_view body);

}  // namespace millrace::http
