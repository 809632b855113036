#pragma once
// Answer: status, headers and body of one answer, and its bytes on the wire.
//
// See  RFC 9112 4 and 6; https://fetch.spec.whatwg.org/#http-cors-protocol

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

class AnswerHeads;

enum class Media { none, text, json };

struct Answer {
    int status = 200;
    Media media = Media::none;  // of `body`; none: unsaid, or said in `headers`
    std::string headers;        // further header lines with their line ends
    std::string body;
    bool close = false;                            // the connection cannot go on after it
    std::optional<std::uint64_t> body_bytes = {};  // to HEAD: of the body that is not sent
};

// How the connection wants its answer.
struct Framing {
    bool is_http_11 = true;
    bool keep_alive = true;
    bool head_only = false;                 // to a HEAD request
    std::string_view origin = {};           // the site whose scripts may read it; empty: none
    std::string_view exposed_headers = {};  // names of the headers that they may read, "A, B"
};

// Appends the bytes of the answer to `out`; `standing`: see AnswerHeads::lines().
void append_answer(std::string& out, const Answer& answer, const Framing& framing,
                   std::string_view standing);

// Appends the bytes of the answer `OK` with status 200 or 202 and further header lines: most of it
// is made before, for the hot path.
void append_plain_ok(std::string& out, int status, std::string_view headers, const Framing& framing,
                     const AnswerHeads& heads);

// Appends the header lines that let a script of another site read the answer.
void append_origin(std::string& out, const Framing& framing);

Answer text_answer(int status, std::string_view body);

}  // namespace millrace::http
