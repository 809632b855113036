#include "api/http/answer.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <iterator>

#include "api/http/answer_heads.h"

namespace millrace::http {
namespace {

std::string_view media_header(Media media) {
    switch (media) {
        case Media::none:
            return "";
        case Media::text:
            return "Content-Type: text/plain\r\n";
        case Media::json:
            return "Content-Type: application/json\r\n";
    }
    return "";
}

}  // namespace

// With the site itself and not "*", as a browser that sends cookies along asks for that: a string
// that navigator.sendBeacon() sends, and fetch() with credentials. The same holds for the names of
// headers.
void append_origin(std::string& out, const Framing& framing) {
    if (framing.origin.empty()) return;
    out += "Access-Control-Allow-Origin: ";
    out += framing.origin;
    out += "\r\nAccess-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: ";
    out += framing.exposed_headers;
    out += "\r\nVary: Origin\r\n";
}

void append_answer(std::string& out, const Answer& answer, const Framing& framing,
                   std::string_view standing) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n{}{}{}", answer.status,
                   std::string_view(reason.data(), reason.size()), standing,
                   media_header(answer.media), answer.headers);
    append_origin(out, framing);
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n",
                   answer.body_bytes.value_or(answer.body.size()));
    if (!framing.head_only) out += answer.body;
}

void append_plain_ok(std::string& out, int status, std::string_view headers, const Framing& framing,
                     const AnswerHeads& heads) {
    out += heads.plain_ok(status, framing.is_http_11, framing.keep_alive);
    out += headers;
    append_origin(out, framing);
    out += "\r\nOK";
}

Answer text_answer(int status, std::string_view body) {
    return {.status = status, .media = Media::text, .headers = {}, .body = std::string(body)};
}

}  // namespace millrace::http
