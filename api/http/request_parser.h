#pragma once
// RequestParser: the head of one HTTP/1 request as offsets into the connection's buffer, and the
// decoder of a chunked body.
//
// Beast's parser does the grammar; what it lets pass and a proxy in front may read differently is
// refused here: two Content-Length, Transfer-Encoding other than `chunked`, both together, two
// Host. (obs-fold is refused by HeadScanner, which sees the raw lines.)
//
// Lifetime  one request; made again in place for the next one.
// Thread    its loop's.
// See       RFC 9112 5, 6 and 7.

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace millrace::http {

// What is said of a request that has both.
inline constexpr std::string_view kBothLengths = "both Content-Length and Transfer-Encoding";

// A piece of the head: offsets from the first byte of the request.
struct Piece {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;

    std::string_view in(const char* request) const { return {request + offset, length}; }
};

struct HeaderPieces {
    Piece name;
    Piece value;  // without surrounding white space
};

enum class Method { get, head, post, options, other };

struct RequestHead {
    Method method = Method::other;
    Piece target;
    Piece content_type;      // empty if absent
    Piece content_encoding;  // empty if absent
    Piece authorization;     // empty if absent or there are several
    Piece origin;            // of a browser's script that asks from another site; empty if absent
    Piece asked_headers;     // of its pre-flight, Access-Control-Request-Headers; empty if absent
    Piece upgrade;           // empty if absent
    Piece http2_settings;    // of an upgrade to HTTP/2; empty if absent
    bool has_many_content_encodings = false;  // more than one header line
    std::vector<HeaderPieces> headers;
    std::uint64_t content_length = 0;
    bool is_http_11 = true;
    bool is_http_2 = false;   // the head is told as one of HTTP/1.1
    bool has_length = false;  // of HTTP/2 only: Content-Length says how long the body is
    bool keep_alive = true;
    bool is_chunked = false;  // how long the body is, its end says
    bool expects_continue = false;

    void clear();
};

// Finds the end of a head in bytes that arrive in pieces.
class HeadScanner {
public:
    // The length of the head with its empty line, 0 if it is not whole yet. `bytes` begins with the
    // request and only grows from call to call.
    std::size_t find_end(std::string_view bytes);

    // A line begins with white space (RFC 9112 5.2); valid when find_end() has found one.
    bool has_folded_line() const { return has_folded_line_; }
    void reset() { *this = HeadScanner(); }
    bool is_new() const { return position_ == 0; }  // nothing was scanned since reset()

private:
    std::size_t position_ = 0;
    bool has_folded_line_ = false;
};

struct ChunkLimits {
    std::uint64_t body_bytes;  // decoded
    std::uint64_t line_bytes;  // between the data of two chunks, or the last one's and the end
};

class RequestParser : private boost::beast::http::basic_parser<true> {
public:
    // Fills `head` from a whole head, as HeadScanner found it.
    // Errors  invalid    badRequest
    //         too_large  headerTooLarge: there are more than `lines_max` headers
    Result<void> parse_head(std::string_view bytes, std::uint32_t lines_max, RequestHead& head);

    // Decodes what it can of a chunked body, appending to `body`; returns how many of `bytes` it
    // has consumed. Give it the rest again, with more.
    // Errors  invalid    badRequest
    //         too_large  bodyTooLarge, headerTooLarge: see ChunkLimits. In what pieces the bytes
    //                    come makes no difference.
    Result<std::size_t> decode_chunks(std::string_view bytes, const ChunkLimits& limits,
                                      std::string& body);
    bool is_body_complete() const { return is_done(); }

private:
    using ErrorCode = boost::beast::error_code;
    using View = boost::beast::string_view;
    using Verb = boost::beast::http::verb;
    using Field = boost::beast::http::field;

    bool has_both_lengths(const ErrorCode& ec) const;
    Result<void> check_framing() const;
    bool is_line_too_long(const char* end) const;

    void on_request_impl(Verb method, View method_text, View target, int version,
                         ErrorCode& ec) override;
    void on_response_impl(int status, View reason, int version, ErrorCode& ec) override;
    void on_field_impl(Field name, View name_text, View value, ErrorCode& ec) override;
    void on_header_impl(ErrorCode& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode& ec) override;
    std::size_t on_body_impl(View body, ErrorCode& ec) override;
    void on_chunk_header_impl(std::uint64_t size, View extensions, ErrorCode& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t remain, View body, ErrorCode& ec) override;
    void on_finish_impl(ErrorCode& ec) override;

    Piece piece(View view) const;

    const char* begin_ = nullptr;  // of the head
    RequestHead* head_ = nullptr;  // null once the head is parsed: later fields are trailers
    std::string* body_ = nullptr;
    const char* line_begin_ = nullptr;  // of what is between the data of chunks
    std::uint64_t line_bytes_max_ = 0;
    unsigned content_lengths_ = 0;
    unsigned transfer_encodings_ = 0;
    unsigned hosts_ = 0;
    unsigned authorizations_ = 0;
    bool odd_content_length_ = false;
    bool odd_transfer_encoding_ = false;
    bool chunk_limit_set_ = false;
};

}  // namespace millrace::http
