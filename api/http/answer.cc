#include "api/http/answer.h"

#include <fmt/format.h>

#include <array>
#include <boost/beast/http/status.hpp>
#include <cstddef>
#include <iterator>

namespace millrace::http {
namespace {

constexpr std::string_view kCrossOrigin =
    "Access-Control-Expose-Headers: *\r\n"
    "Access-Control-Allow-Origin: *\r\n";

std::string_view connection_header(const Framing& framing) {
    if (!framing.keep_alive) return "Connection: close\r\n";
    return framing.is_http_11 ? "" : "Connection: keep-alive\r\n";
}

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

void append_answer(std::string& out, const Answer& answer, const Framing& framing) {
    const auto reason = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
    fmt::format_to(std::back_inserter(out),
                   "HTTP/1.1 {} {}\r\nServer: millrace\r\n{}{}{}{}Content-Length: {}\r\n\r\n",
                   answer.status, std::string_view(reason.data(), reason.size()),
                   media_header(answer.media), answer.headers,
                   framing.cross_origin || answer.cross_origin ? kCrossOrigin : "",
                   connection_header(framing), answer.body_bytes.value_or(answer.body.size()));
    if (!framing.head_only) out += answer.body;
}

void append_plain_ok(std::string& out, int status, std::string_view headers,
                     const Framing& framing) {
    static constexpr std::string_view kEnd = "\r\nOK";
    static const auto heads = [] {
        std::array<std::string, 16> all;
        for (std::size_t i = 0; i < all.size(); ++i) {
            append_answer(all[i], text_answer((i & 4) != 0 ? 202 : 200, "OK"),
                          {.is_http_11 = (i & 2) != 0,
                           .keep_alive = (i & 1) != 0,
                           .cross_origin = (i & 8) != 0});
            all[i].resize(all[i].size() - kEnd.size());
        }
        return all;
    }();
    out += heads[(framing.cross_origin ? 8U : 0U) | (status == 202 ? 4U : 0U) |
                 (framing.is_http_11 ? 2U : 0U) | (framing.keep_alive ? 1U : 0U)];
    out += headers;
    out += kEnd;
}

Answer text_answer(int status, std::string_view body) {
    return {.status = status, .media = Media::text, .headers = {}, .body = std::string(body)};
}

}  // namespace millrace::http
