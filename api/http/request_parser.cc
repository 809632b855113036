#include "api/http/request_parser.h"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

#include "api/http/refusals.h"
#include "core/base/check.h"

namespace millrace::http {
namespace {

namespace beast = boost::beast;

bool is_number(beast::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_control_character(char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

Method method_of(beast::http::verb verb) {
    if (verb == beast::http::verb::post) return Method::post;
    if (verb == beast::http::verb::get) return Method::get;
    if (verb == beast::http::verb::options) return Method::options;
    if (verb == beast::http::verb::head) return Method::head;
    return Method::other;
}

}  // namespace

void RequestHead::clear() {
    auto kept = std::move(headers);
    kept.clear();
    *this = RequestHead();
    headers = std::move(kept);
}

std::size_t HeadScanner::find_end(std::string_view bytes) {
    while (true) {
        const auto line_end = bytes.find('\n', position_);
        if (line_end == std::string_view::npos) {
            position_ = bytes.size();
            return 0;
        }
        position_ = line_end;  // looked at again when what follows it has come
        const auto next = line_end + 1;
        if (next >= bytes.size()) return 0;
        if (bytes[next] == '\n') return next + 1;  // RequestParser refuses bare line feeds
        if (bytes[next] == '\r') {
            if (next + 1 >= bytes.size()) return 0;
            if (bytes[next + 1] == '\n') return next + 2;
        }
        if (bytes[next] == ' ' || bytes[next] == '\t') has_folded_line_ = true;
        position_ = next;
    }
}

Result<void> RequestParser::parse_head(std::string_view bytes, std::uint32_t lines_max,
                                       RequestHead& head) {
    begin_ = bytes.data();
    head_ = &head;
    header_limit(std::numeric_limits<std::uint32_t>::max());  // the connection counts itself
    body_limit(boost::none);
    ErrorCode ec;
    const auto consumed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    head_ = nullptr;
    if (head.headers.size() > lines_max) return too_many_headers(lines_max);
    if (ec) return bad_request(has_both_lengths(ec) ? std::string(kBothLengths) : ec.message());
    if (!is_header_done() || consumed != bytes.size()) return bad_request("bad line ending");
    TRY(check_framing());
    if (transfer_encodings_ > 0 && !head.is_http_11) {
        return bad_request("Transfer-Encoding in HTTP/1.0");
    }
    head.is_chunked = chunked();
    head.content_length = content_length().value_or(0);
    head.keep_alive = keep_alive();
    head.expects_continue = head.expects_continue && head.is_http_11;
    return {};
}

// Whether Beast has refused the second one of the two.
bool RequestParser::has_both_lengths(const ErrorCode& ec) const {
    return (ec == beast::http::error::bad_transfer_encoding && content_lengths_ > 0) ||
           (ec == beast::http::error::bad_content_length && transfer_encodings_ > 0);
}

Result<void> RequestParser::check_framing() const {
    if (content_lengths_ > 1 || odd_content_length_) return bad_request("bad Content-Length");
    if (transfer_encodings_ > 1 || odd_transfer_encoding_) {
        return bad_request("bad Transfer-Encoding, only chunked is supported");
    }
    if (transfer_encodings_ > 0 && content_lengths_ > 0) {
        return bad_request(kBothLengths);
    }
    if (hosts_ > 1) return bad_request("more than one Host");
    return {};
}

Result<std::size_t> RequestParser::decode_chunks(std::string_view bytes, const ChunkLimits& limits,
                                                 std::string& body) {
    if (!chunk_limit_set_) {  // Beast counts it down, so it is given once
        body_limit(limits.body_bytes);
        chunk_limit_set_ = true;
        eager(true);
    }
    // Beast asserts that a last chunk that it has begun with "0\r\n" goes on with two bytes at
    // once.
    if (bytes.size() == 4 && bytes.starts_with("0\r\n")) return 0;

    body_ = &body;
    line_begin_ = bytes.data();
    line_bytes_max_ = limits.line_bytes;
    ErrorCode ec;
    const auto consumed = put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    body_ = nullptr;
    if (ec == beast::http::error::body_limit) {
        return body_too_large(limits.body_bytes);
    }
    const auto* const end = bytes.data() + (is_done() ? consumed : bytes.size() + 1);
    const bool in_line = is_done() || ec == beast::http::error::need_more;
    if (ec == beast::http::error::header_limit || (in_line && is_line_too_long(end))) {
        return header_too_large(limits.line_bytes);
    }
    if (ec && ec != beast::http::error::need_more) return bad_request(ec.message());
    return consumed;
}

// Whether the bytes before the last one of what ends there are too many: byte by byte they would
// have been refused before that one came.
bool RequestParser::is_line_too_long(const char* end) const {
    return static_cast<std::uint64_t>(end - line_begin_) > line_bytes_max_ + 1;
}

Piece RequestParser::piece(View view) const {
    return {.offset = static_cast<std::uint32_t>(view.data() - begin_),
            .length = static_cast<std::uint32_t>(view.size())};
}

void RequestParser::on_request_impl(Verb method, View /*method_text*/, View target, int version,
                                    ErrorCode& /*ec*/) {
    head_->method = method_of(method);
    head_->target = piece(target);
    head_->is_http_11 = version == 11;
}

void RequestParser::on_field_impl(Field name, View name_text, View value, ErrorCode& /*ec*/) {
    if (head_ == nullptr) return;  // a trailer (RFC 9112 7.1.2: may be ignored)
    head_->headers.push_back({.name = piece(name_text), .value = piece(value)});
    switch (name) {
        case Field::content_length:
            ++content_lengths_;
            odd_content_length_ |= !is_number(value);
            break;
        case Field::transfer_encoding:
            ++transfer_encodings_;
            odd_transfer_encoding_ |= !beast::iequals(value, "chunked");
            break;
        case Field::host:
            ++hosts_;
            break;
        case Field::content_type:
            if (head_->content_type.length == 0) head_->content_type = piece(value);
            break;
        case Field::content_encoding:
            head_->has_many_content_encodings |= head_->content_encoding.length > 0;
            head_->content_encoding = piece(value);
            break;
        case Field::authorization:
            ++authorizations_;
            head_->authorization = authorizations_ == 1 ? piece(value) : Piece{};
            break;
        case Field::origin:
            if (head_->origin.length == 0) head_->origin = piece(value);
            break;
        case Field::access_control_request_headers:
            if (head_->asked_headers.length == 0) head_->asked_headers = piece(value);
            break;
        case Field::upgrade:
            head_->upgrade = piece(value);
            break;
        case Field::http2_settings:
            head_->http2_settings = piece(value);
            break;
        case Field::expect:
            head_->expects_continue |= beast::iequals(value, "100-continue");
            break;
        default:
            break;
    }
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t /*remain*/, View body,
                                              ErrorCode& /*ec*/) {
    body_->append(body.data(), body.size());
    line_begin_ = body.data() + body.size();
    return body.size();
}

std::size_t RequestParser::on_body_impl(View body, ErrorCode& /*ec*/) {
    check(false, "a body of {} bytes was given to the head parser", body.size());
    return 0;
}

void RequestParser::on_response_impl(int /*status*/, View /*reason*/, int /*version*/,
                                     ErrorCode& /*ec*/) {}
void RequestParser::on_header_impl(ErrorCode& /*ec*/) {}
void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                                      ErrorCode& /*ec*/) {}

// Beast reads "0x3" as a last chunk with something behind its size, which others read as 3 bytes.
// It lets a line feed pass in a quoted extension, where others see the end of the line.
void RequestParser::on_chunk_header_impl(std::uint64_t /*size*/, View extensions, ErrorCode& ec) {
    const bool is_clean = std::none_of(extensions.begin(), extensions.end(), is_control_character);
    if ((!extensions.empty() && extensions.front() != ';') || !is_clean) {
        ec = beast::http::error::bad_chunk_extension;
    } else if (is_line_too_long(extensions.end() + 2)) {
        ec = beast::http::error::header_limit;
    }
}
void RequestParser::on_finish_impl(ErrorCode& /*ec*/) {}

}  // namespace millrace::http
