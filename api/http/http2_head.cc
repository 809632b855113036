#include "api/http/http2_head.h"

#include <algorithm>
#include <charconv>

#include "api/http/refusals.h"

namespace millrace::http {
namespace {

// What a field costs beside its bytes (RFC 9113 6.5.2).
constexpr std::size_t kFieldBytes = 32;
constexpr std::size_t kDecodedMax = 16;  // times the limit of a head

Method method_of(std::string_view text) {
    if (text == "POST") return Method::post;
    if (text == "GET") return Method::get;
    if (text == "OPTIONS") return Method::options;
    if (text == "HEAD") return Method::head;
    return Method::other;
}

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7f;
    });
}

}  // namespace

bool Http2Head::add(std::string_view name, std::string_view value) {
    offered_bytes_ += name.size() + value.size() + kFieldBytes;
    is_too_large_ |= text_.size() + cookies_.size() > limits_.header_bytes ||
                     name.size() + value.size() > limits_.header_bytes;
    if (is_too_large_) return offered_bytes_ <= kDecodedMax * limits_.header_bytes;
    if (!is_begun_ && name.starts_with(':')) {
        if (name == ":method") method_ = value;
        if (name == ":path") path_ = value;
        if (name == ":authority") authority_ = value;
        return true;
    }
    begin();
    if (name == "cookie") {
        if (!cookies_.empty()) cookies_ += "; ";
        cookies_ += value;
    } else if (name != "host" || authority_.empty()) {
        note(name, append(name, value));
    }
    return true;
}

void Http2Head::begin() {
    if (is_begun_) return;
    is_begun_ = true;
    text_.reserve(256 + path_.size());
    text_ += method_;
    text_ += ' ';
    head_.target = {.offset = static_cast<std::uint32_t>(text_.size()),
                    .length = static_cast<std::uint32_t>(path_.size())};
    text_ += path_;
    text_ += " HTTP/1.1\r\n";
    head_.method = method_of(method_);
    head_.is_http_2 = true;
    if (!authority_.empty()) append("host", authority_);
}

Piece Http2Head::append(std::string_view name, std::string_view value) {
    HeaderPieces pieces;
    pieces.name = {.offset = static_cast<std::uint32_t>(text_.size()),
                   .length = static_cast<std::uint32_t>(name.size())};
    text_ += name;
    text_ += ": ";
    pieces.value = {.offset = static_cast<std::uint32_t>(text_.size()),
                    .length = static_cast<std::uint32_t>(value.size())};
    text_ += value;
    text_ += "\r\n";
    head_.headers.push_back(pieces);
    return pieces.value;
}

// The same as RequestParser::on_field_impl().
void Http2Head::note(std::string_view name, Piece value) {
    if (name == "content-type") {
        if (head_.content_type.length == 0) head_.content_type = value;
    } else if (name == "content-encoding") {
        head_.has_many_content_encodings |= head_.content_encoding.length > 0;
        head_.content_encoding = value;
    } else if (name == "authorization") {
        ++authorizations_;
        head_.authorization = authorizations_ == 1 ? value : Piece{};
    } else if (name == "origin") {
        if (head_.origin.length == 0) head_.origin = value;
    } else if (name == "access-control-request-headers") {
        if (head_.asked_headers.length == 0) head_.asked_headers = value;
    } else if (name == "expect") {
        head_.expects_continue |= value.in(text_.data()) == "100-continue";
    } else if (name == "content-length") {
        const auto text = value.in(text_.data());
        std::from_chars(text.data(), text.data() + text.size(), head_.content_length);
        head_.has_length = true;
    }
}

Result<void> Http2Head::finish(bool has_body) {
    if (is_taken_) return {};
    begin();
    if (!cookies_.empty()) append("cookie", cookies_);
    cookies_ = {};
    text_ += "\r\n";
    if (is_too_large_ || text_.size() > limits_.header_bytes) {
        return header_too_large(limits_.header_bytes);
    }
    if (head_.headers.size() > limits_.header_lines) return too_many_headers(limits_.header_lines);
    if (method_ == "CONNECT") return bad_request("CONNECT is for proxies");
    const bool is_path = path_.starts_with('/') || (path_ == "*" && method_ == "OPTIONS");
    if (!is_path || !is_visible(path_)) return bad_request("bad path");
    head_.is_chunked = has_body && !head_.has_length;
    return {};
}

void Http2Head::take(std::string_view text, const RequestHead& head) {
    text_ = text;
    head_ = head;
    is_taken_ = true;
}

std::size_t Http2Head::held_bytes() const {
    return text_.capacity() + head_.headers.capacity() * sizeof(HeaderPieces);
}

}  // namespace millrace::http
